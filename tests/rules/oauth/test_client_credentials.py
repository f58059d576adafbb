"""A client acts for itself."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.errors import AccessDenied, InvalidRequest, InvalidScope
from gatelodge.oauth.client_credentials import grant
from gatelodge.oauth.issuance import SignedAccess
from tests.rules import world
from tests.rules.world import API, ISSUER, NOW

MACHINE = world.client(
    "machine",
    auth_method="client_secret_post",
    grant_types=("client_credentials",),
    options={"access_token_claims": {"https://x/name": "${client.name}"}},
)


def granted(within: Any = None, **params: str):
    everything = world.catalogue(
        MACHINE, grants=(world.grant("client", client_id="machine", everything=True),)
    )
    return grant(
        params,
        client=MACHINE,
        catalogue=within or everything,
        issuer=ISSUER,
        witness=world.witness(),
        jti="jti-1",
    )


def with_api(**options: Any):
    return world.catalogue(
        MACHINE,
        apis=(world.api(options=options, signing_alg="ES256", token_lifetime=60),),
        grants=(world.grant("client", client_id="machine"),),
    )


def test_a_token_of_the_clients_own() -> None:
    decision = granted(audience=API)
    access = decision.answer.access
    assert isinstance(access, SignedAccess)
    assert access.claims == {
        "https://x/name": "Phone",
        "iss": ISSUER,
        "sub": "machine@clients",
        "aud": API,
        "iat": NOW // 1000,
        "exp": NOW // 1000 + 86_400,
        "scope": "read:x write:x",
        "azp": "machine",
        "gty": "client-credentials",
    }
    assert decision.answer.id_claims is None
    assert decision.answer.refresh is None
    (log,) = decision.writes
    assert log.line.type == "seccft"


def test_the_grant_bounds_the_scopes_and_less_may_be_asked_for() -> None:
    within = with_api()
    assert granted(within, audience=API).answer.scopes == ("read:x",)
    assert granted(audience=API, scope="write:x").answer.scopes == ("write:x",)
    assert granted(within, audience=API, scope="write:x").answer.scopes == ()
    with pytest.raises(InvalidScope):
        granted(audience=API, scope='"')


def test_the_apis_dialect_and_key() -> None:
    within = with_api(dialect="rfc9068_profile_authz")
    answer = granted(within, audience=API).answer
    assert isinstance(answer.access, SignedAccess)
    assert (answer.access.alg, answer.access.typ) == ("ES256", "at+jwt")
    assert answer.expires_in == 60
    claims = answer.access.claims
    assert claims["permissions"] == ["read:x"]
    assert (claims["client_id"], claims["jti"]) == ("machine", "jti-1")
    assert "azp" not in claims
    assert "gty" not in claims


@pytest.mark.rule("Auth0-audience")
def test_an_audience_is_needed() -> None:
    with pytest.raises(InvalidRequest) as caught:
        granted()
    assert caught.value.rule == "Auth0-audience"
    assert "audience" in caught.value.says
    with pytest.raises(AccessDenied) as denied:
        granted(audience='https://"nowhere/')
    assert denied.value.says == "Service not found: https://?nowhere/"


@pytest.mark.rule("Auth0-audience")
def test_resource_and_the_tenants_default() -> None:
    allowed = (world.grant("client", client_id="machine"),)
    default = {"default_audience": API}
    within = world.catalogue(MACHINE, grants=allowed, settings=default)
    assert granted(within).answer.scopes == ("read:x",)
    resource = {"resource_parameter": True}
    within = world.catalogue(MACHINE, grants=allowed, settings=resource)
    assert granted(within, resource=API).answer.scopes == ("read:x",)
    with pytest.raises(InvalidRequest):
        granted(resource=API)


@pytest.mark.rule("Auth0-client-grant")
def test_without_a_client_grant_there_is_no_token() -> None:
    closed = with_api(client_policy="deny_all")
    for within in (
        world.catalogue(MACHINE),
        world.catalogue(
            MACHINE, grants=(world.grant("user", client_id="machine", everything=True),)
        ),
        closed,
    ):
        with pytest.raises(AccessDenied) as caught:
            granted(within, audience=API)
        assert caught.value.rule == "Auth0-client-grant"
        assert caught.value.auth0 == 403
        assert f'access resource server "{API}"' in caught.value.says
