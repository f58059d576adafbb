"""Who is made part of an account by an address, and when that is written."""

from __future__ import annotations

import time

import msgspec
import pytest

from gatelodge.endpoints.mfa_standing import SEED
from gatelodge.model.client import MFA_OTP
from gatelodge.model.connection import Connection
from gatelodge.model.factor import Factor
from gatelodge.model.settings import MfaSettings
from gatelodge.model.writes import (
    BlockUser,
    InsertFactor,
    InsertUser,
    PutConnection,
    RecountFactors,
    UpdateUser,
)
from tests.protocol.gatehouse import Phone, Visitor, claims_of, open_gatehouse
from tests.protocol.tenant import WEB_SECRET
from tests.protocol.test_mfa_pages import Token

from .conftest import sign_in
from .native import ALL, bring, joined, token
from .test_linking import STRAIGHT, THEIRS, person, sub_of, switched_on

APPS = "google-oauth2|g-1"


async def app_of(gate, user) -> Token:
    """An authenticator app that somebody has set up."""
    await gate.settings(mfa=MfaSettings(policy="enrolled", factors=("otp",)))
    seed = bytes(range(20))
    sealed = gate.house.sealer.seal(seed, purpose=SEED, nonce=bytes(12))
    factor = Factor(
        id="totp|dev_1",
        user_id=user.user_id,
        kind="totp",
        sealed=sealed,
        created_at=1,
        confirmed_at=1,
    )
    recount = RecountFactors(user_id=user.user_id, at=user.updated_at)
    assert await gate.house.store.commit((InsertFactor(factor=factor), recount))
    return Token(gate, seed)


@pytest.mark.rule("House-link-verified")
async def test_who_does_not_show_the_second_factor_is_not_linked(
    gate, visitor, phone, provider
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    token = await app_of(gate, ada)
    await switched_on(gate, provider)
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert page.url.path == "/u/mfa"
    page = await visitor.send(page, code="000000")
    assert page.url.path == "/u/mfa"
    assert await person(gate, THEIRS) is None
    landed = await visitor.send(page, code=token.code())
    assert await sub_of(phone, landed) == ada.user_id
    assert (await person(gate, THEIRS)).linked_to == ada.user_id


async def test_what_was_proven_once_is_looked_at_again_when_the_sign_in_is_through(
    gate, visitor, phone, provider
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    token = await app_of(gate, ada)
    await switched_on(gate, provider)
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    now = (await person(gate, ada.user_id)).updated_at
    moved = msgspec.structs.replace(
        await person(gate, ada.user_id), email_verified_at=None, updated_at=now + 1
    )
    update = UpdateUser(user=moved, seen_updated_at=now)
    assert await gate.house.store.commit((update,))
    landed = await visitor.send(page, code=token.code())
    assert await sub_of(phone, landed) == ada.user_id
    assert await person(gate, THEIRS) is None


async def test_two_accounts_with_the_address_are_no_owner(
    gate, visitor, phone, provider
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    other = Connection(id="con_other", name="other", strategy="auth0", position=9)
    twin = msgspec.structs.replace(
        ada, user_id="auth0|twin", connection_id=other.id, username=None
    )
    await gate.write(PutConnection(connection=other))
    assert await gate.house.store.commit((InsertUser(user=twin),))
    await switched_on(gate, provider)
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == THEIRS
    assert (await person(gate, THEIRS)).linked_to is None


# -- tokens that apps bring ---------------------------------------------------------


@pytest.fixture
async def google(gate, provider) -> None:
    await gate.change_options("native", native_social=ALL)
    await joined(
        gate, provider, "google-oauth2", "google-oauth2", link_by_verified_email=True
    )


async def test_a_token_that_an_app_brings_links(gate, phone, provider, google) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    for _ in range(2):
        answer = await bring(phone, token(provider), scope="openid")
        assert claims_of(answer.json()["id_token"])["sub"] == ada.user_id
    assert (await person(gate, APPS)).linked_to == ada.user_id
    assert "ss" not in await gate.log_types()


@pytest.mark.rule("House-link-verified")
@pytest.mark.parametrize(
    ("ours", "theirs", "option"),
    [(None, True, True), (1, False, True), (1, True, False)],
    ids=["pre-hijack: ours unverified", "theirs unverified", "not switched on"],
)
async def test_a_token_links_nothing_where_one_side_is_not_proven(
    gate, phone, provider, google, ours, theirs, option
) -> None:
    await joined(
        gate, provider, "google-oauth2", "google-oauth2", link_by_verified_email=option
    )
    await gate.user("ada@example.com", email_verified_at=ours)
    subject = token(provider, email_verified=theirs)
    answer = await bring(phone, subject, scope="openid")
    assert claims_of(answer.json()["id_token"])["sub"] == APPS
    assert (await person(gate, APPS)).linked_to is None


async def test_a_token_that_gives_nothing_links_nothing(
    gate, phone, provider, google
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    answer = await bring(phone, token(provider), audience="https://nowhere.example")
    assert answer.status_code >= 400
    block = BlockUser(user_id=ada.user_id, blocked_at=5, updated_at=5)
    assert await gate.house.store.commit((block,))
    assert (await bring(phone, token(provider))).status_code >= 400
    assert await person(gate, APPS) is None


async def test_a_token_links_once_the_second_factor_is_shown(
    gate, phone, provider, google
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    client = gate.house.snapshot.catalogue.clients["native"]
    await gate.change_client("native", grant_types=(*client.grant_types, MFA_OTP))
    shows = await app_of(gate, ada)
    refused = (await bring(phone, token(provider), scope="openid")).json()
    assert refused["error"] == "mfa_required"
    halfway = {"grant_type": MFA_OTP, "mfa_token": refused["mfa_token"]}
    wrong = await phone.post("/oauth/token", otp="000000", **halfway)
    assert wrong.status_code == 400
    assert await person(gate, APPS) is None
    given = await phone.post("/oauth/token", otp=shows.code(), **halfway)
    assert claims_of(given.json()["id_token"])["sub"] == ada.user_id
    assert (await person(gate, APPS)).linked_to == ada.user_id


# -- whatever else stands between the proof and the app -----------------------------

DEMANDS = """
def on_execute_post_login(event, api):
    if "mfa" not in [one.name for one in event.authentication.methods]:
        api.multifactor.enable("any")
"""


async def test_who_does_not_consent_is_not_linked(gate, visitor, provider) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    await switched_on(gate, provider)
    third = Phone(gate, "third", "https://web.example.com/callback", WEB_SECRET)
    page = await sign_in(visitor, third.authorize_url(**STRAIGHT))
    assert page.url.path == "/u/consent"
    assert await person(gate, THEIRS) is None
    landed = await visitor.send(page, decision="accept")
    assert "code" in third.answer(landed)
    assert (await person(gate, THEIRS)).linked_to == ada.user_id


async def test_an_action_that_wants_a_second_factor_is_waited_for(
    tmp_path, provider
) -> None:
    (tmp_path / "10.py").write_text(DEMANDS)
    async with open_gatehouse(actions=str(tmp_path)) as gate:
        gate.clock.at = time.time_ns() // 1_000_000
        ada = await gate.user("ada@example.com", email_verified_at=1)
        await switched_on(gate, provider)
        shows, visitor, phone = await app_of(gate, ada), Visitor(gate), Phone(gate)
        await gate.settings(mfa=MfaSettings(policy="never", factors=("otp",)))
        page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
        assert page.url.path == "/u/mfa"
        assert await person(gate, THEIRS) is None
        landed = await visitor.send(page, code=shows.code())
        assert await sub_of(phone, landed) == ada.user_id
        assert (await person(gate, THEIRS)).linked_to == ada.user_id


async def test_what_an_action_writes_of_the_account_is_kept_with_the_link(
    tmp_path, provider
) -> None:
    (tmp_path / "10.py").write_text(
        "def on_execute_post_login(event, api):\n"
        '    api.user.set_user_metadata("seen", True)\n'
    )
    async with open_gatehouse(actions=str(tmp_path)) as gate:
        gate.clock.at = time.time_ns() // 1_000_000
        ada = await gate.user("ada@example.com", email_verified_at=1)
        await switched_on(gate, provider)
        landed = await sign_in(Visitor(gate), Phone(gate).authorize_url(**STRAIGHT))
        assert await sub_of(Phone(gate), landed) == ada.user_id
        assert (await person(gate, ada.user_id)).user_metadata == {"seen": True}
        assert (await person(gate, THEIRS)).linked_to == ada.user_id
