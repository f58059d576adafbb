"""The authorization code: once, for the app that asked, within its minute."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import InvalidGrant, InvalidRequest, Unauthorized
from gatelodge.model.grant import Authentication, Code
from gatelodge.model.reads import CodeBundle
from gatelodge.model.writes import (
    AppendLog,
    ConsumeCode,
    EndFamily,
    EndOldestFamilies,
    HoldSession,
    InsertFamily,
)
from gatelodge.oauth.code import Drawn, give, redeem
from gatelodge.oauth.issuance import OpaqueAccess, SignedAccess
from gatelodge.oauth.request import check
from tests.rules import world
from tests.rules.world import API, CALLBACK, CHALLENGE, ISSUER, NOW, VERIFIER

GOOD = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER}
DRAWN = Drawn(seed=b"s" * 32, jti="jti-1")
DEFAULT: Any = object()


def redeemed(
    code: Code | None = None,
    *,
    params: dict[str, str] | None = None,
    at: int = NOW + 1000,
    person: Any = DEFAULT,
    families: int = 0,
    session_open: bool = True,
    client: Any = None,
    within: Any = None,
):
    bundle = CodeBundle(
        code=code or world.code(),
        person=world.person() if person is DEFAULT else person,
        families=families,
        session_open=session_open,
    )
    app = client or world.client()
    return redeem(
        bundle,
        GOOD if params is None else params,
        client=app,
        catalogue=within or world.catalogue(app),
        issuer=ISSUER,
        witness=world.witness(at),
        drawn=DRAWN,
    )


def refused(kind: type[Any] = InvalidGrant, **given: Any):
    with pytest.raises(kind) as caught:
        redeemed(**given)
    return caught.value


def test_a_code_gives_tokens_and_is_spent() -> None:
    decision = redeemed()
    issuance = decision.answer
    spent = ConsumeCode(digest="digest", used_at=NOW + 1000)
    assert decision.writes[:2] == (spent, HoldSession(sid=world.code().sid))
    assert isinstance(issuance.access, OpaqueAccess)
    assert issuance.expires_in == 86_400
    assert issuance.id_claims is not None
    assert issuance.id_claims["nonce"] == "n-1"
    assert issuance.id_claims["aud"] == "phone"
    assert "auth_time" not in issuance.id_claims
    logs = [write for write in decision.writes if isinstance(write, AppendLog)]
    assert [log.line.type for log in logs] == ["seacft"]


def test_a_family_is_born_where_offline_access_was_granted() -> None:
    decision = redeemed()
    (born,) = [one for one in decision.writes if isinstance(one, InsertFamily)]
    assert born.family.generation == 1
    assert born.family.seed == DRAWN.seed
    assert born.family.idle_until == NOW + 1000 + 1_296_000_000
    assert born.family.expires_at == NOW + 1000 + 2_592_000_000
    assert decision.answer.refresh is not None
    assert decision.answer.refresh.generation == 1
    without = redeemed(world.code(scopes=("openid",)))
    assert without.answer.refresh is None
    assert not [one for one in without.writes if isinstance(one, InsertFamily)]


def test_a_family_that_never_ends() -> None:
    app = world.client(options=world.policy(expiring=False))
    (born,) = [
        one for one in redeemed(client=app).writes if isinstance(one, InsertFamily)
    ]
    assert (born.family.idle_until, born.family.expires_at) == (None, None)


def test_an_api_gets_a_jwt() -> None:
    decision = redeemed(world.code(audience=API, scopes=("openid", "read:x")))
    access = decision.answer.access
    assert isinstance(access, SignedAccess)
    assert access.claims["aud"] == [API, f"{ISSUER}userinfo"]
    assert access.claims["scope"] == "openid read:x"
    assert (access.alg, access.typ) == ("RS256", "JWT")


def test_auth_time_travels_where_it_was_asked_for() -> None:
    claims = redeemed(world.code(wants_auth_time=True)).answer.id_claims
    assert claims is not None
    assert claims["auth_time"] == (NOW - 60_000) // 1000


@pytest.mark.rule("RFC6749-4.1.3.code")
def test_an_unknown_code() -> None:
    with pytest.raises(InvalidGrant) as caught:
        redeem(
            None,
            GOOD,
            client=world.client(),
            catalogue=world.catalogue(),
            issuer=ISSUER,
            witness=world.witness(),
            drawn=DRAWN,
        )
    assert caught.value.says == "Invalid authorization code"
    assert caught.value.rule == "RFC6749-4.1.3.code"


@pytest.mark.rule("RFC6749-4.1.3.client")
def test_another_clients_code_even_a_used_one_harms_nobody() -> None:
    for code in (
        world.code(client_id="other"),
        world.code(client_id="other", used_at=1),
    ):
        refusal = refused(code=code)
        assert refusal.rule == "RFC6749-4.1.3.client"
        assert refusal.writes == ()


@pytest.mark.rule("RFC6749-4.1.2.expired")
@pytest.mark.parametrize(("at", "good"), [(59_999, True), (60_000, False)])
def test_a_code_lives_a_minute(at: int, good: bool) -> None:
    if good:
        assert redeemed(at=NOW + at)
        return
    assert refused(at=NOW + at).rule == "RFC6749-4.1.2.expired"


@pytest.mark.rule("RFC6749-4.1.2.once")
@pytest.mark.parametrize(
    ("after", "params", "challenge", "ends"),
    [
        (0, GOOD, CHALLENGE, False),
        (10_000, GOOD, CHALLENGE, False),
        (10_001, GOOD, CHALLENGE, True),
        (1, {"code_verifier": "x" * 43}, CHALLENGE, True),
        (1, {}, CHALLENGE, True),
        (1, GOOD, None, True),
    ],
)
def test_a_second_use_is_refused_and_only_a_lost_answer_spares_the_family(
    after: int, params: dict[str, str], challenge: str | None, ends: bool
) -> None:
    used = world.code(used_at=NOW, challenge=challenge)
    refusal = refused(code=used, params=params, at=NOW + after)
    assert refusal.rule == "RFC6749-4.1.2.once"
    assert refusal.says == "Invalid authorization code"
    ended = [one for one in refusal.writes if isinstance(one, EndFamily)]
    assert bool(ended) is ends
    assert all(one.family_id == used.family_id for one in ended)


@pytest.mark.rule("RFC6749-4.1.3.redirect_uri")
def test_the_redirect_uri_is_named_again() -> None:
    missing = refused(InvalidRequest, params={"code_verifier": VERIFIER})
    assert missing.rule == "RFC6749-4.1.3.redirect_uri"
    assert "redirect_uri" in missing.says
    for altered in ("https://evil.example/", f"{CALLBACK}/", "http://[::1#", "\ud800"):
        refusal = refused(params=GOOD | {"redirect_uri": altered})
        assert refusal.rule == "RFC6749-4.1.3.redirect_uri"
    assert redeemed(params=GOOD | {"redirect_uri": f"{CALLBACK}#x"})


def test_where_it_was_left_out_it_may_stay_out_or_agree() -> None:
    code = world.code(redirect_uri_sent=False)
    assert redeemed(code, params={"code_verifier": VERIFIER})
    assert redeemed(code)
    refusal = refused(code=code, params=GOOD | {"redirect_uri": "https://evil/"})
    assert refusal.rule == "RFC6749-4.1.3.redirect_uri"


@pytest.mark.rule("RFC7636-4.6")
def test_only_the_app_that_asked_may_redeem_the_code() -> None:
    refusal = refused(params=GOOD | {"code_verifier": "x" * 43})
    assert refusal.rule == "RFC7636-4.6"
    assert refusal.writes == ()  # the code is not spent by a wrong verifier
    missing = refused(InvalidRequest, params={"redirect_uri": CALLBACK})
    assert missing.rule == "RFC7636-4.5"
    assert refused(code=world.code(challenge=None)).rule == "RFC9700-4.8.2"


@pytest.mark.rule("Auth0-user-deleted")
@pytest.mark.rule("Auth0-user-blocked")
@pytest.mark.rule("House-connection-open")
def test_the_person_has_to_be_alive() -> None:
    assert refused(Unauthorized, person=world.person(blocked_at=1)).rule == (
        "Auth0-user-blocked"
    )
    gone = refused(person=None)
    assert (gone.rule, gone.says) == (
        "Auth0-user-deleted",
        "Invalid authorization code",
    )
    closed = refused(within=world.catalogue(enabled=("other",)))
    assert (closed.rule, closed.says) == (
        "House-connection-open",
        "Invalid authorization code",
    )


@pytest.mark.rule("House-session-open")
def test_a_code_ends_with_the_session_that_gave_it() -> None:
    refusal = refused(session_open=False)
    assert refusal.rule == "House-session-open"
    assert refusal.says == "Invalid authorization code"
    assert refusal.because != refusal.says
    assert refusal.writes == ()


@pytest.mark.rule("Auth0-audience")
def test_an_api_that_was_removed_meanwhile() -> None:
    refusal = refused(code=world.code(audience="https://gone/"))
    assert refusal.rule == "Auth0-audience"


@pytest.mark.parametrize(("families", "over"), [(1, None), (2, 1), (5, 4)])
def test_the_cap_ends_the_oldest_and_says_so(families: int, over: int | None) -> None:
    app = world.client()
    within = world.catalogue(app, settings={"refresh_token_cap": 2})
    writes = redeemed(families=families, within=within).writes
    ended = [one for one in writes if isinstance(one, EndOldestFamilies)]
    lines = [one.line for one in writes if isinstance(one, AppendLog)]
    assert len({line.id for line in lines}) == len(lines)
    if over is None:
        assert ended == []
        return
    assert ended[0].keep == 2
    (cleanup,) = [line for line in lines if line.type == "resource_cleanup"]
    assert str(over) in cleanup.details["description"]


def test_a_code_is_bound_to_all_the_request_proved() -> None:
    pairs = {
        "client_id": "phone",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "audience": API,
        "nonce": "n-9",
        "max_age": "5",
        "claims": '{"id_token": {"email": null}, "userinfo": {"name": null}}',
    }
    request = check(pairs.items(), world.catalogue(), issuer=ISSUER, hint_keys=())
    secret, insert = give(
        request,
        user_id="auth0|ada",
        sid="sid1",
        authentication=Authentication(auth_time=NOW),
        scopes=("openid",),
        lifetime=60,
        raw=bytes(range(48)),
        now=NOW,
    )
    code = insert.code
    assert secret.startswith("ac_")
    assert code.digest == digest_of(secret)
    assert secret not in repr(insert)
    assert (code.nonce, code.challenge, code.audience) == ("n-9", CHALLENGE, API)
    assert code.expires_at == NOW + 60_000
    assert code.details.wants_auth_time
    assert code.details.id_token_claims == ("email",)
    assert code.details.userinfo_claims == ("name",)
    assert len(code.family_id) == 22
