"""Second factors for apps with a sign-in screen of their own: ``/mfa/*`` and grants."""

from __future__ import annotations

import asyncio
import base64
import re
from html import unescape

import msgspec
import pytest

from gatelodge.model.client import (
    MFA_OOB,
    MFA_OTP,
    MFA_RECOVERY,
    PASSWORD_REALM,
    REFRESH,
)
from gatelodge.model.reads import FindPerson, ListFactors
from gatelodge.model.settings import MfaSettings
from gatelodge.model.writes import BlockUser
from gatelodge.oauth.second_factor import ACR

from .embedded import ADA, Embedded
from .gatehouse import Gatehouse, Visitor, claims_of

GRANTS = (PASSWORD_REALM, REFRESH, MFA_OTP, MFA_OOB, MFA_RECOVERY)


@pytest.fixture
async def person(gate: Gatehouse):
    await gate.change_client("native", grant_types=GRANTS)
    return await gate.user(ADA, email_verified_at=1)


@pytest.fixture
def app(gate) -> Embedded:
    return Embedded(gate)


async def always(gate: Gatehouse, *factors: str) -> None:
    wanted = factors or ("otp", "recovery-code")
    await gate.settings(mfa=MfaSettings(policy="always", factors=wanted))


async def kinds(gate, user) -> dict[str, bool]:
    held = await gate.house.store.read(ListFactors(user_id=user.user_id))
    return {one.kind: one.active for one in held}


async def test_enrol_on_the_way_and_answer_from_then_on(gate, app, person):
    await always(gate)
    refused = await app.sign_in()
    assert refused.status_code == 400
    body = refused.json()
    assert body["error_description"] == "Multifactor authentication required"
    assert body["mfa_requirements"] == {"enroll": [{"type": "otp"}]}
    mfa_token = body["mfa_token"]
    made = (await app.associate(mfa_token, authenticator_types=["otp"])).json()
    assert made["barcode_uri"].startswith("otpauth://totp/Gatelodge:ada%40example.com?")
    assert len(made["recovery_codes"][0]) == 24
    assert await kinds(gate, person) == {"totp": False, "recovery": False}
    listed = (await app.listed(mfa_token)).json()
    assert {(one["authenticator_type"], one["active"]) for one in listed} == {
        ("otp", False),
        ("recovery-code", False),
    }
    seed = base64.b32decode(made["secret"])
    given = await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    claims = claims_of(given.json()["id_token"])
    assert (claims["amr"], claims["acr"]) == (["pwd", "otp", "mfa"], ACR)
    assert given.json()["scope"] == "openid offline_access read:x"
    assert given.json()["refresh_token"]
    assert await kinds(gate, person) == {"totp": True, "recovery": True}

    gate.clock.turn(seconds=60)
    refused = (await app.sign_in()).json()
    assert refused["mfa_requirements"] == {
        "challenge": [{"type": "otp"}, {"type": "recovery-code"}]
    }
    mfa_token = refused["mfa_token"]
    assert (await app.challenge(mfa_token)).json() == {"challenge_type": "otp"}
    given = await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    assert given.status_code == 200


async def test_whoever_set_one_up_is_asked_under_the_default_policy(gate, app, person):
    await always(gate)
    await app.enrol()
    await gate.settings(mfa=MfaSettings())
    assert (await app.sign_in()).json()["error"] == "mfa_required"


@pytest.mark.rule("Auth0-mfa-token", "Auth0-mfa-token-expired")
async def test_a_token_between_factors_gives_tokens_once_and_ends(gate, app, person):
    await always(gate)
    seed, _ = await app.enrol()
    mfa_token = await app.halfway()
    assert (await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))).json()[
        "access_token"
    ]
    gate.clock.turn(seconds=60)
    again = await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    assert again.json() == {
        "error": "invalid_grant",
        "error_description": "Malformed mfa_token",
    }
    late = await app.halfway()
    gate.clock.turn(seconds=601)
    expired = await app.token(MFA_OTP, mfa_token=late, otp=app.code(seed))
    assert expired.status_code == 401
    assert expired.json() == {
        "error": "expired_token",
        "error_description": "mfa_token is expired",
    }
    for garbage in ("x", "mf_", f"mf_{'A' * 80}", late[:-1], "mf_" + "z" * 9000):
        refused = await app.token(MFA_OTP, mfa_token=garbage, otp="123456")
        assert refused.status_code == 400
        assert (await app.listed(garbage)).status_code in (400, 401)


@pytest.mark.rule("Auth0-mfa-token-client")
async def test_another_clients_token_is_none(gate, app, person):
    await always(gate)
    seed, _ = await app.enrol()
    await gate.change_client("spa", grant_types=GRANTS)
    other = Embedded(gate, "spa")
    mfa_token = await app.halfway()
    stolen = await other.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    assert stolen.json()["error_description"] == "Malformed mfa_token"
    assert (await other.challenge(mfa_token)).json()["error"] == "invalid_grant"
    mine = await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    assert mine.status_code == 200


@pytest.mark.rule("Auth0-mfa-otp")
async def test_a_code_is_good_once_however_many_bring_it(gate, app, person):
    await always(gate)
    seed, _ = await app.enrol()
    code = app.code(seed)
    halves = [await app.halfway() for _ in range(8)]
    answers = await asyncio.gather(
        *(app.token(MFA_OTP, mfa_token=one, otp=code) for one in halves)
    )
    assert [one.status_code for one in answers].count(200) == 1
    refused = [one.json() for one in answers if one.status_code != 200]
    assert {one["error"] for one in refused} == {"invalid_grant"}
    wrong = await app.token(MFA_OTP, mfa_token=halves[0], otp="000000")
    assert wrong.json()["error_description"] in (
        "Invalid otp_code.",
        "Malformed mfa_token",
    )


@pytest.mark.rule("House-factor-tries")
async def test_ten_tries_in_a_quarter_of_an_hour(gate, app, person):
    await always(gate)
    seed, code = await app.enrol()
    mfa_token = await app.halfway()
    for _ in range(10):
        wrong = await app.token(MFA_OTP, mfa_token=mfa_token, otp="000000")
        assert wrong.json()["error_description"] == "Invalid otp_code."
    for grant, field, value in (
        (MFA_OTP, "otp", app.code(seed)),
        (MFA_RECOVERY, "recovery_code", code),
    ):
        held = await app.token(grant, mfa_token=mfa_token, **{field: value})
        assert (held.status_code, held.json()["error"]) == (429, "too_many_attempts")
    gate.clock.turn(seconds=15 * 60)
    fresh = await app.halfway()
    given = await app.token(MFA_OTP, mfa_token=fresh, otp=app.code(seed))
    assert given.status_code == 200
    assert (await gate.log_types()).count("feotpft") >= 10


@pytest.mark.rule("Auth0-mfa-recovery")
async def test_a_recovery_code_gives_tokens_and_the_next_code(gate, app, person):
    await always(gate)
    _, code = await app.enrol()
    wrong = await app.token(
        MFA_RECOVERY, mfa_token=await app.halfway(), recovery_code="A" * 24
    )
    assert wrong.json()["error_description"] == "MFA Authorization rejected."
    given = await app.token(
        MFA_RECOVERY, mfa_token=await app.halfway(), recovery_code=code
    )
    following = given.json()["recovery_code"]
    assert following != code
    again = await app.token(
        MFA_RECOVERY, mfa_token=await app.halfway(), recovery_code=code
    )
    assert again.json()["error"] == "invalid_grant"
    given = await app.token(
        MFA_RECOVERY, mfa_token=await app.halfway(), recovery_code=following
    )
    assert claims_of(given.json()["id_token"])["amr"] == ["pwd", "kba", "mfa"]


async def sent(visitor: Visitor) -> str:
    inbox = await visitor.get("/mailbox")
    href = re.search(r'href="(/mailbox/message\?id=[^"]+)"', inbox.text)
    assert href
    message = await visitor.get(unescape(href[1]))
    code = re.search(r"[\s>](\d{6})[\s<]", message.text)
    assert code, message.text
    return code[1]


async def by_mail(app: Embedded, visitor: Visitor) -> str:
    """Mail is set up as a factor; the code that did it."""
    mfa_token = await app.halfway()
    asked = {"authenticator_types": ["oob"], "oob_channels": ["email"]}
    made = (await app.associate(mfa_token, **asked)).json()
    code = await sent(visitor)
    oob = {"mfa_token": mfa_token, "oob_code": made["oob_code"]}
    assert (await app.token(MFA_OOB, **oob, binding_code=code)).status_code == 200
    return code


@pytest.mark.rule("Auth0-mfa-oob")
async def test_a_mailed_code_goes_to_the_accounts_own_address(
    gate, app, person, visitor
):
    await always(gate, "email")
    mfa_token = await app.halfway()
    asked = {"authenticator_types": ["oob"], "oob_channels": ["email"]}
    made = await app.associate(mfa_token, **asked, email="eve@example.com")
    body = made.json()
    assert (body["oob_channel"], body["binding_method"]) == ("email", "prompt")
    assert body["name"] == "a•••@example.com"
    code = await sent(visitor)
    oob = {"mfa_token": mfa_token, "oob_code": body["oob_code"]}
    wrong = await app.token(MFA_OOB, **oob, binding_code="000000")
    assert wrong.json()["error_description"] == "Invalid binding_code."
    given = await app.token(MFA_OOB, **oob, binding_code=code)
    assert given.status_code == 200
    assert await kinds(gate, person) == {"email": True}


@pytest.mark.rule("Auth0-mfa-resend")
async def test_only_the_newest_code_of_this_sign_in_is_good(gate, app, person, visitor):
    await always(gate, "email")
    code = await by_mail(app, visitor)
    gate.clock.turn(seconds=120)
    mfa_token = await app.halfway()
    challenged = (await app.challenge(mfa_token, challenge_type="oob")).json()
    assert challenged["challenge_type"] == "oob"
    soon = await app.challenge(mfa_token, challenge_type="oob")
    assert soon.status_code == 429
    old = await app.token(
        MFA_OOB,
        mfa_token=mfa_token,
        oob_code=challenged["oob_code"],
        binding_code=code,
    )
    assert old.json()["error"] == "invalid_grant"
    code = await sent(visitor)
    foreign = await app.token(
        MFA_OOB, mfa_token=await app.halfway(), oob_code="x", binding_code=code
    )
    assert foreign.json()["error"] == "invalid_grant"
    gate.clock.turn(seconds=301)
    late = await app.token(
        MFA_OOB,
        mfa_token=mfa_token,
        oob_code=challenged["oob_code"],
        binding_code=code,
    )
    assert late.json()["error"] == "invalid_grant"


@pytest.mark.rule("Auth0-mfa-address")
async def test_a_text_goes_to_the_number_that_was_set_up(gate, app, person, visitor):
    await always(gate, "sms")
    mfa_token = await app.halfway()
    asked = {"authenticator_types": ["oob"], "oob_channels": ["sms"]}
    for number in ("", "12", "+49 30 901820", "x" * 5000):
        refused = await app.associate(mfa_token, **asked, phone_number=number)
        assert refused.json()["error"] == "invalid_request"
    made = (
        await app.associate(mfa_token, **asked, phone_number="+44 7400 123456")
    ).json()
    assert made["name"] == "••• 56"
    given = await app.token(
        MFA_OOB,
        mfa_token=mfa_token,
        oob_code=made["oob_code"],
        binding_code=await sent(visitor),
    )
    assert claims_of(given.json()["id_token"])["amr"] == ["pwd", "sms", "mfa"]


@pytest.mark.rule("Auth0-mfa-enrolled", "Auth0-mfa-types", "Auth0-mfa-pending")
async def test_a_password_alone_adds_no_second_factor_to_the_first(gate, app, person):
    await always(gate)
    await app.enrol()
    mfa_token = await app.halfway()
    refused = await app.associate(mfa_token, authenticator_types=["otp"])
    assert refused.json() == {
        "error": "access_denied",
        "error_description": "User is already enrolled.",
    }
    other = await gate.user("bob@example.com")
    bobs = (await app.sign_in(username=other.email)).json()["mfa_token"]
    for body in ({}, {"authenticator_types": ["oob"]}, {"authenticator_types": 7}):
        assert (await app.associate(bobs, **body)).json()["error"] == "invalid_request"
    for _ in range(30):
        last = await app.associate(bobs, authenticator_types="otp")
    assert last.status_code == 429


@pytest.mark.rule("Auth0-mfa-association", "Auth0-mfa-challenge-type")
async def test_a_challenge_needs_a_factor_of_that_kind(gate, app, person):
    await always(gate)
    refused = await app.challenge(await app.halfway())
    assert refused.json()["error"] == "association_required"
    await app.enrol()
    mfa_token = await app.halfway()
    for asked in ({"challenge_type": "oob"}, {"authenticator_id": "totp|dev_x"}):
        refused = await app.challenge(mfa_token, **asked)
        assert refused.json()["error"] == "unsupported_challenge_type"


@pytest.mark.rule("Auth0-mfa-parameters")
async def test_what_is_missing_is_named_and_nobody_is_told_more(gate, app, person):
    await always(gate)
    for grant, name in (
        (MFA_OTP, "otp"),
        (MFA_OOB, "oob_code"),
        (MFA_RECOVERY, "recovery_code"),
    ):
        refused = await app.token(grant)
        assert refused.json()["error_description"].endswith(name)
    refused = await app.token(MFA_OTP, otp="1")
    assert refused.json()["error_description"].endswith("mfa_token")
    assert (await app.http.get("/mfa/authenticators")).status_code == 401
    assert (await app.http.post("/mfa/associate", content=b"[")).status_code == 401


async def test_a_blocked_person_goes_no_further(gate, app, person):
    await always(gate)
    seed, _ = await app.enrol()
    mfa_token = await app.halfway()
    blocked = BlockUser(user_id=person.user_id, blocked_at=1, updated_at=2)
    assert await gate.house.store.commit((blocked,))
    refused = await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    assert refused.json()["error"] == "unauthorized"
    found = await gate.house.store.read(FindPerson(user_id=person.user_id))
    assert found.user.second_factor_at is not None
    assert msgspec.json.encode((await app.listed(mfa_token)).json())
