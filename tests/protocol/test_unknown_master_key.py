"""What another node sealed with a master key that this node lacks: refused, safely."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from gatelodge.base.seal import Sealer
from gatelodge.house import House, refresh_tokens

from .gatehouse import PASSWORD, Gatehouse, Phone, Visitor


@pytest.fixture
def elsewhere(gate) -> Gatehouse:
    """A node on the same database that seals with a key of its own."""
    sealer = Sealer((hashlib.sha256(b"a key of its own").digest(),))
    parts = msgspec.structs.asdict(gate.house)
    keys = {"sealer": sealer, "refresh_tokens": refresh_tokens(sealer)}
    return Gatehouse(House(**{**parts, **keys}), gate.clock)


def carry(here: Visitor, there: Visitor) -> None:
    """The same browser, sent to another node."""
    there.client.cookies.update(here.client.cookies)


@pytest.mark.parametrize(
    "screen", ["login", "signup", "consent", "confirm", "select-account"]
)
async def test_a_sign_in_begun_there_has_to_start_again(
    gate, elsewhere, visitor, phone, screen
) -> None:
    await gate.user("ada@example.com")
    there = Visitor(elsewhere)
    begun = await there.get(phone.authorize_url())
    carry(there, visitor)
    state = begun.url.params["state"]
    shown = await visitor.get(f"/u/{screen}?state={state}")
    sent = await visitor.client.post(
        f"/u/{screen}",
        data={"state": state, "username": "ada@example.com", "password": PASSWORD},
        headers={"sec-fetch-site": "same-origin", "accept": "text/html"},
    )
    for answer in (shown, sent):
        assert answer.status_code == 400
        assert "Let us start again" in answer.text
        assert "set-cookie" not in answer.headers
    again = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    assert phone.answer(again)["code"]


async def test_its_tokens_are_unknown_here_and_stay_good_there(
    gate, elsewhere, phone
) -> None:
    await gate.user("ada@example.com")
    there = Phone(elsewhere)
    tokens = await there.tokens(Visitor(elsewhere), "ada@example.com", audience="")
    refused = await phone.renew(tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    revoked = await phone.post("/oauth/revoke", token=tokens["refresh_token"])
    assert revoked.status_code == 200
    opaque = {"authorization": f"Bearer {tokens['access_token']}"}
    unknown = await phone.http.get("/userinfo", headers=opaque)
    assert unknown.status_code == 401
    assert 'error="invalid_token"' in unknown.headers["www-authenticate"]
    assert (await there.renew(tokens["refresh_token"])).status_code == 200
    assert (await there.http.get("/userinfo", headers=opaque)).status_code == 200


async def test_a_sign_out_asked_for_there_sends_nobody_anywhere(
    gate, elsewhere, visitor, phone
) -> None:
    await gate.user("ada@example.com")
    await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    there = Visitor(elsewhere)
    carry(visitor, there)
    page = await there.get("/oidc/logout")
    visitor.client.cookies.update(there.client.cookies)
    done = await visitor.send(page, decision="logout")
    assert done.status_code == 200
    assert "signed out" in done.text.lower()
