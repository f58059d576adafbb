"""A client acts for itself (RFC 6749 §4.4)."""

from __future__ import annotations

from collections.abc import Mapping

from gatelodge.base.change import Decision
from gatelodge.base.errors import AccessDenied, InvalidRequest
from gatelodge.model.api import Api
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.oauth import audience
from gatelodge.oauth.issuance import Issuance, SignedAccess
from gatelodge.oauth.log import Witness
from gatelodge.oauth.outcome import NO_RUN, Run, check_without_person, scopes_of, spoken
from gatelodge.oauth.scope import split
from gatelodge.oauth.token_claims import machine_token, token_type


def grant(
    params: Mapping[str, str],
    *,
    client: Client,
    catalogue: Catalogue,
    issuer: str,
    witness: Witness,
    jti: str,
    run: Run = NO_RUN,
) -> Decision[Issuance]:
    """An access token with the scopes of the client grant, or fewer if asked.

    Raises:
        InvalidRequest: no audience is named.
        AccessDenied: unknown API, or no client grant.
        ProtocolRefusal: an action said no (``run``).
    """
    api, outcome = api_for(params, catalogue), run.outcome
    check_without_person(outcome, ())
    may = _scopes(params.get("scope"), client, api, catalogue)
    scopes = scopes_of(may, outcome, client=client, api=api)
    claims = machine_token(
        client,
        api,
        issuer=issuer,
        scopes=scopes,
        jti=jti,
        now=witness.at,
        custom=outcome.custom,
    )
    access = SignedAccess(claims=claims, alg=api.signing_alg, typ=token_type(api))
    log = witness.line(
        "seccft",
        client_id=client.client_id,
        audience=api.identifier,
        scope=" ".join(scopes),
        actions=spoken(run.traces),
    )
    issuance = Issuance(access=access, expires_in=api.token_lifetime, scopes=scopes)
    return Decision(answer=issuance, writes=(log,))


def api_for(params: Mapping[str, str], catalogue: Catalogue) -> Api:
    """The API that is asked for; there is no token without one.

    Raises:
        InvalidRequest: no audience is named.
        AccessDenied: unknown API.
    """
    asked = audience.asked(params, catalogue)
    if asked is None:
        raise InvalidRequest(
            "Missing required parameter: audience", rule="Auth0-audience"
        )
    return audience.api_of(asked, catalogue)


def _scopes(
    asked: str | None, client: Client, api: Api, catalogue: Catalogue
) -> tuple[str, ...]:
    found = catalogue.grant(client.client_id, api.id, "client")
    if found is None or api.options.client_policy == "deny_all":
        raise AccessDenied(
            f'Client "{client.client_id}" is not authorized to access resource server'
            f' "{api.identifier}". You need to create a "client-grant" associated to'
            " this API.",
            rule="Auth0-client-grant",
        )
    granted = tuple(
        scope.value
        for scope in api.scopes
        if found.allow_all_scopes or scope.value in found.scopes
    )
    wanted = frozenset(split(asked))
    return tuple(scope for scope in granted if not wanted or scope in wanted)
