from __future__ import annotations

import msgspec
import pytest

from gatelodge.base.errors import (
    AccessDenied,
    InvalidGrant,
    InvalidScope,
    MfaRequired,
    Unauthorized,
    UnauthorizedClient,
)
from gatelodge.model.reads import Grantee
from gatelodge.model.settings import MfaSettings
from gatelodge.model.user import Person
from gatelodge.model.writes import (
    AppendLog,
    EndOldestFamilies,
    InsertFamily,
    SpendJti,
)
from gatelodge.oauth import direct
from gatelodge.oauth.second_factor import ACR
from tests.rules import world

SPENT = SpendJti(key="code", expires_at=1)
PROOF = direct.Proof(amr=("otp",), log="sepft", says="No.", writes=(SPENT,))
KNOWN = Grantee(person=Person(user=world.user()))
DRAWN = direct.Drawn(family_id=world.FAMILY_ID, seed=world.SEED, jti="j")
ALL = "openid offline_access read:x"


def give(
    *,
    bundle=KNOWN,
    audience=world.API,
    scope=ALL,
    client=None,
    proof=PROOF,
    **catalogue,
):
    apis = (world.api(options={"skip_consent": True}),)
    known = world.catalogue(**{"apis": apis, **catalogue})
    return direct.give(
        bundle,
        direct.Asked(audience=audience, scope=scope),
        proof,
        client=client or world.client(),
        catalogue=known,
        issuer=world.ISSUER,
        witness=world.witness(),
        drawn=DRAWN,
    )


def kinds(decision):
    return [type(write).__name__ for write in decision.writes]


def test_a_proven_person_gets_what_the_browser_would_give():
    decision = give()
    issuance = decision.answer
    assert issuance.scopes == ("openid", "offline_access", "read:x")
    assert issuance.access.claims["sub"] == "auth0|ada"
    assert issuance.access.claims["aud"] == [world.API, f"{world.ISSUER}userinfo"]
    assert issuance.id_claims["aud"] == "phone"
    assert "sid" not in issuance.id_claims  # no browser was signed in
    assert issuance.refresh.family_id == world.FAMILY_ID
    assert kinds(decision) == ["SpendJti", "InsertFamily", "AppendLog"]
    (family,) = [w.family for w in decision.writes if isinstance(w, InsertFamily)]
    assert (family.sid, family.scopes) == ("", issuance.scopes)
    assert family.authentication.amr == ("otp",)
    assert family.expires_at is not None


def test_without_offline_access_there_is_no_family():
    decision = give(scope="openid read:x")
    assert decision.answer.refresh is None
    assert kinds(decision) == ["SpendJti", "AppendLog"]


def test_without_an_api_the_token_opens_userinfo():
    issuance = give(audience=None, scope="openid").answer
    assert (issuance.access.sub, issuance.access.family_id) == ("auth0|ada", None)


def test_no_scope_means_all_of_the_apis():
    assert give(scope=None).answer.scopes == ("read:x", "write:x")


def test_the_log_says_who_got_what_by_which_grant():
    (log,) = [w.line for w in give().writes if isinstance(w, AppendLog)]
    assert (log.type, log.user_id, log.client_id) == ("sepft", "auth0|ada", "phone")
    assert log.details["scope"] == ALL


def test_two_factors_give_their_class():
    proof = msgspec.structs.replace(PROOF, amr=("pwd", "otp", "mfa"))
    claims = give(proof=proof).answer.id_claims
    assert (claims["acr"], claims["amr"]) == (ACR, ["pwd", "otp", "mfa"])


def test_the_oldest_devices_make_room():
    bundle = Grantee(person=Person(user=world.user()), families=2)
    decision = give(bundle=bundle, settings={"refresh_token_cap": 2})
    (ended,) = [w for w in decision.writes if isinstance(w, EndOldestFamilies)]
    assert ended.keep == 2


def test_who_is_gone_or_blocked_gets_nothing():
    with pytest.raises(InvalidGrant) as refused:
        give(bundle=None)
    assert refused.value.says == "No."
    blocked = Grantee(person=Person(user=world.user(blocked_at=1)))
    with pytest.raises(Unauthorized):
        give(bundle=blocked)
    elsewhere = Grantee(person=Person(user=world.user(connection_id="con_x")))
    with pytest.raises(InvalidGrant):
        give(bundle=elsewhere)


@pytest.mark.rule("Auth0-mfa")
def test_one_proof_is_not_enough_for_whoever_set_up_two():
    enrolled = Grantee(person=Person(user=world.user(second_factor_at=1)))
    with pytest.raises(MfaRequired):
        give(bundle=enrolled)
    with pytest.raises(MfaRequired):
        give(settings={"mfa": MfaSettings(policy="always")})


@pytest.mark.rule("Auth0-implied-consent")
def test_where_consent_would_be_asked_there_is_no_such_grant():
    with pytest.raises(UnauthorizedClient):
        give(apis=(world.api(options={"skip_consent": False}),))
    stranger = world.client(options={"first_party": False})
    with pytest.raises(UnauthorizedClient):
        give(client=stranger)


def test_what_is_asked_for_is_checked_before_anybody_is():
    known = world.catalogue(apis=(world.api(),))

    def asked(**params):
        return direct.asked(params, known, world.ISSUER)

    assert asked(audience=world.API).audience == world.API
    assert asked(audience=f"{world.ISSUER}userinfo").audience is None
    assert asked(scope="a b").scope == "a b"
    with pytest.raises(AccessDenied):
        asked(audience="https://nobody.example/")
    with pytest.raises(InvalidScope):
        asked(scope="a\\b")
