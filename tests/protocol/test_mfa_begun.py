"""A sign-in between two factors: what ends it, and what the second may be."""

from __future__ import annotations

import base64

import pytest

from gatelodge.login import factors
from gatelodge.model.client import MFA_OOB, MFA_OTP, MFA_RECOVERY
from gatelodge.model.reads import ListFactors
from gatelodge.model.user import Password
from gatelodge.model.writes import PutPassword

from .at_account import give_factor
from .embedded import ADA
from .passwordless import NUMBER, OTP, allow, connect, newest_code
from .test_mfa_api import always, app, person

__all__ = ["app", "person"]


@pytest.mark.rule("House-mfa-alive")
async def test_a_new_password_ends_what_was_begun_with_the_old_one(gate, app, person):
    await always(gate)
    seed, _ = await app.enrol()
    mfa_token = await app.halfway()
    gate.clock.turn(seconds=1)
    phc = gate.house.hashing.hasher.hash("a Good enough 1")
    password = Password(user_id=person.user_id, phc=phc, changed_at=gate.clock.now())
    assert await gate.house.store.commit((PutPassword(password=password),))
    refused = await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    assert refused.json()["error"] == "invalid_grant"
    listed = await app.listed(mfa_token)
    assert listed.json()["error"] == "invalid_grant"


@pytest.mark.rule("House-mfa-alive")
async def test_a_connection_that_is_closed_meanwhile_ends_it_too(gate, app, person):
    await always(gate)
    seed, _ = await app.enrol()
    mfa_token = await app.halfway()
    await gate.change_connection(enabled_clients=())
    refused = await app.token(MFA_OTP, mfa_token=mfa_token, otp=app.code(seed))
    assert refused.json()["error"] == "invalid_grant"


@pytest.mark.rule("House-factor-beside")
@pytest.mark.parametrize(
    ("strategy", "address", "factor"),
    [("email", ADA, "email"), ("sms", NUMBER, "sms")],
)
async def test_a_code_that_came_by_the_same_way_is_no_second_factor(
    gate, app, phone, strategy, address, factor
):
    await connect(gate, strategy)
    await allow(gate, OTP, MFA_OTP, MFA_OOB)
    await always(gate, factor, "otp")
    to = f"sms:{address}" if strategy == "sms" else address
    start = {"connection": strategy, "send": "code"}
    where = {"email": address} if strategy == "email" else {"phone_number": address}
    await phone.http.post(
        "/passwordless/start", json={"client_id": "native", **start, **where}
    )
    refused = await phone.post(
        "/oauth/token",
        grant_type=OTP,
        realm=strategy,
        username=address,
        otp=await newest_code(gate, to),
    )
    body = refused.json()
    assert body["mfa_requirements"] == {"enroll": [{"type": "otp"}]}
    again = await app.associate(
        body["mfa_token"],
        authenticator_types=["oob"],
        oob_channels=[factor],
        phone_number=address,
    )
    assert again.status_code == 400, again.text


async def test_a_recovery_code_that_another_began_does_not_count(gate, app, person):
    """It came with a factor that was never proven, for whoever asked first."""
    await always(gate)
    thief = await app.halfway()
    made = (await app.associate(thief, authenticator_types=["otp"])).json()
    await give_factor(gate, person, id="totp|1", kind="totp", credential=None)
    held = await gate.house.store.read(ListFactors(user_id=person.user_id))
    (spare,) = [one for one in held if one.kind == "recovery"]
    (begun,) = [one for one in held if one.kind == "totp" and not one.active]
    assert spare.details[factors.WITH] == begun.id
    refused = await app.token(
        MFA_RECOVERY, mfa_token=thief, recovery_code=made["recovery_codes"][0]
    )
    assert refused.json()["error"] == "invalid_grant"


async def test_only_the_code_of_the_factor_that_was_proven_counts(gate, app, person):
    await always(gate, "otp", "email", "recovery-code")
    mfa_token = await app.halfway()
    made = (await app.associate(mfa_token, authenticator_types=["otp"])).json()
    other = await app.halfway()
    await app.associate(other, authenticator_types=["oob"], oob_channels=["email"])
    code = app.code(base64.b32decode(made["secret"]))
    given = await app.token(MFA_OTP, mfa_token=mfa_token, otp=code)
    assert given.status_code == 200, given.text
    held = await gate.house.store.read(ListFactors(user_id=person.user_id))
    assert [one.kind for one in held if one.active] == ["totp"]
