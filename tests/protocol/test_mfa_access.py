"""The MFA API by an access token: for somebody who is signed in."""

from __future__ import annotations

import base64

import pytest

from gatelodge.model.reads import ListFactors
from gatelodge.oauth.second_factor import ACR

from .embedded import ADA, Embedded
from .gatehouse import ISSUER, PASSWORD, Gatehouse, Phone, Visitor

SCOPES = "openid enroll read:authenticators remove:authenticators"
GRANTS = (
    "authorization_code",
    "http://auth0.com/oauth/grant-type/mfa-otp",
)


@pytest.fixture(autouse=True)
async def person(gate: Gatehouse):
    await gate.change_client("native", grant_types=GRANTS)
    return await gate.user(ADA)


@pytest.fixture
def app(gate) -> Embedded:
    return Embedded(gate)


async def access(
    visitor: Visitor,
    phone: Phone,
    scope: str = SCOPES,
    email: str = ADA,
    code: str | None = None,
) -> str:
    """A token; by two factors where the ``code`` of the second is given."""
    step_up = {"acr_values": ACR} if code else {}
    url = phone.authorize_url(audience=f"{ISSUER}mfa/", scope=scope, **step_up)
    landed = await visitor.get(url)
    if 'name="password"' in landed.text:
        landed = await visitor.send(landed, username=email, password=PASSWORD)
    if code:
        landed = await visitor.send(landed, code=code)
    given = await phone.exchange(phone.answer(landed)["code"])
    token: str = given.json()["access_token"]
    return token


async def remove(app: Embedded, token: str, factor_id: str):
    path = f"/mfa/authenticators/{factor_id.replace('|', '%7C')}"
    return await app.http.delete(path, headers={"authorization": f"Bearer {token}"})


async def enrol(app: Embedded, token: str) -> bytes:
    made = await app.associate(token, authenticator_types=["otp"])
    assert made.status_code == 200, made.text
    seed = base64.b32decode(made.json()["secret"])
    code = app.code(seed)
    done = await app.token(GRANTS[1], mfa_token=token, otp=code)
    assert done.status_code == 200, done.text
    return seed


async def test_set_up_look_and_remove(gate, visitor, phone, app, person):
    token = await access(visitor, phone)
    seed = await enrol(app, token)
    listed = (await app.listed(token)).json()
    assert {one["authenticator_type"] for one in listed} == {"otp", "recovery-code"}
    again = await app.token(GRANTS[1], mfa_token=token, otp="123456")
    assert again.json()["error"] == "insufficient_scope"  # two factors, from now on
    (otp,) = [one["id"] for one in listed if one["authenticator_type"] == "otp"]
    gate.clock.turn(seconds=60)
    token = await access(visitor, phone, code=app.code(seed))
    assert (await remove(app, token, otp)).status_code == 204
    gone = await remove(app, token, otp)
    assert (gone.status_code, gone.json()["error"]) == (404, "not_found")
    assert await gate.house.store.read(ListFactors(user_id=person.user_id)) == ()
    assert "gd_unenroll" in await gate.log_types()


@pytest.mark.rule("Auth0-mfa-remove")
async def test_another_persons_factor_is_none(gate, visitor, phone, app, person):
    await enrol(app, await access(visitor, phone))
    bob = await gate.user("bob@example.com")
    token = await access(Visitor(gate), phone, email=bob.email)
    held = await gate.house.store.read(ListFactors(user_id=person.user_id))
    for factor in held:
        assert (await remove(app, token, factor.id)).status_code == 404
    assert len(held) == 2


@pytest.mark.rule("House-mfa-recent")
async def test_what_changes_factors_takes_a_fresh_sign_in(gate, visitor, phone, app):
    await access(visitor, phone)
    gate.clock.turn(seconds=16 * 60)
    token = await access(visitor, phone)  # by the session: nobody proved anything
    assert (await app.listed(token)).status_code == 200
    refused = await app.associate(token, authenticator_types=["otp"])
    assert refused.status_code == 403
    assert "insufficient_user_authentication" in refused.headers["www-authenticate"]
    gone = await remove(app, token, "x")
    assert gone.status_code == 403


@pytest.mark.rule("House-mfa-two-factors")
async def test_who_has_a_second_factor_shows_it_to_change_any(
    gate, visitor, phone, app, person
):
    await gate.settings(mfa={"policy": "never"})
    token = await access(visitor, phone)
    await enrol(app, token)
    refused = await app.associate(token, authenticator_types=["otp"])
    assert refused.status_code == 403
    challenge = refused.headers["www-authenticate"]
    assert "insufficient_user_authentication" in challenge
    assert f'acr_values="{ACR}"' in challenge
    (otp, _) = await gate.house.store.read(ListFactors(user_id=person.user_id))
    gone = await remove(app, token, otp.id)
    assert gone.status_code == 403
    assert (await app.listed(token)).status_code == 200


async def test_a_scope_for_each_thing(visitor, phone, app):
    token = await access(visitor, phone, scope="openid read:authenticators")
    assert (await app.listed(token)).json() == []
    refused = await app.associate(token, authenticator_types=["otp"])
    assert refused.status_code == 403
    assert refused.json()["error"] == "insufficient_scope"
    assert 'scope="enroll"' in refused.headers["www-authenticate"]
    gone = await remove(app, token, "x")
    assert gone.status_code == 403


async def test_other_tokens_are_none(gate, visitor, phone, app):
    tokens = await phone.tokens(visitor, ADA)
    for token in (tokens["access_token"], tokens["id_token"], "a.b.c", "."):
        assert (await app.listed(token)).status_code == 401
