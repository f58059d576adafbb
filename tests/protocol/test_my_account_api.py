"""``/me/v1/…``: My Account for apps (contract 2.3, 3.2, 3.9)."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import httpx2
import pytest

from gatelodge.login import totp
from gatelodge.model.factor import Factor
from gatelodge.model.reads import FindPerson, ListFactors, ListFamilies
from gatelodge.model.user import Password
from gatelodge.model.writes import (
    BlockUser,
    ConfirmFactor,
    InsertFactor,
    PutPassword,
    RecountFactors,
)
from gatelodge.oauth.second_factor import ACR

from .gatehouse import ISSUER, Gatehouse, Phone, Visitor, claims_of

ADA = "ada@example.com"
METHODS = "/me/v1/authentication-methods"
AUDIENCE = f"{ISSUER}me/"
KINDS = ("authentication_methods", "factors", "connected_accounts", "sessions")
SCOPES = " ".join(
    f"{verb}:me:{kind}"
    for kind in (*KINDS, "consents", "profile")
    for verb in ("read", "create", "update", "delete")
)


class App:
    """An app that holds a token for My Account."""

    def __init__(self, gate: Gatehouse, token: str) -> None:
        self.http = gate.http()
        self.token = token

    async def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx2.Response:
        sent = {"authorization": f"Bearer {self.token}", **headers}
        if body is not None:
            sent.setdefault("content-type", "application/json")
        content = None if body is None else json.dumps(body)
        return await self.http.request(method, path, headers=sent, content=content)


async def app_of(
    gate: Gatehouse, email: str = ADA, scope: str = f"openid {SCOPES}"
) -> App:
    phone, visitor = Phone(gate), Visitor(gate)
    url = phone.authorize_url(audience=AUDIENCE, scope=scope)
    page = await visitor.sign_in(url, email)
    if "decision" in page.text:  # the person allows it, once
        page = await visitor.send(page, decision="accept")
    answer = await phone.exchange(phone.answer(page)["code"])
    return App(gate, answer.json()["access_token"])


async def give(gate: Gatehouse, user_id: str, **changes: Any) -> str:
    values = {"id": "passkey|dev_1", "kind": "passkey", "credential": "c", **changes}
    factor = Factor(user_id=user_id, created_at=1, **values)
    confirm = ConfirmFactor(id=factor.id, user_id=user_id, counter=0, at=2)
    recount = RecountFactors(user_id=factor.user_id, at=2)
    writes = (InsertFactor(factor=factor), confirm, recount)
    assert await gate.house.store.commit(writes)
    return factor.id


def is_problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    body = answer.json()
    assert answer.status_code == body["status"] == status, answer.text
    assert set(body) == {"type", "status", "title", "detail"}
    return body


async def test_a_token_is_for_this_api_and_says_when_it_was_proven(gate) -> None:
    await gate.user(ADA)
    app = await app_of(gate)
    says = claims_of(app.token)
    assert says["aud"] == [AUDIENCE, f"{ISSUER}userinfo"]
    assert says["auth_time"] == gate.clock.now() // 1000
    profile = await app.call("GET", "/me/v1/profile")
    assert (profile.status_code, profile.json()["email"]) == (200, ADA)


@pytest.mark.rule("House-me-alive")
async def test_only_good_tokens_are_let_in(gate) -> None:
    ada = await gate.user(ADA)
    app = await app_of(gate)
    none = await app.http.get(METHODS)
    is_problem(none, 401)
    assert none.headers["www-authenticate"] == "Bearer"
    other = Phone(gate)
    tokens = await other.tokens(Visitor(gate), ADA)
    for token in ("x", app.token[:-4] + "AAAA", tokens["access_token"], "at_x"):
        app_of_theirs = App(gate, token)
        answer = await app_of_theirs.call("GET", METHODS)
        is_problem(answer, 401)
        assert "invalid_token" in answer.headers["www-authenticate"]
    id_token = App(gate, tokens["id_token"])
    is_problem(await id_token.call("GET", METHODS), 401)
    block = BlockUser(user_id=ada.user_id, blocked_at=1, updated_at=1)
    assert await gate.house.store.commit((block,))
    is_problem(await app.call("GET", METHODS), 401)


async def test_a_token_ends_after_a_quarter_of_an_hour(gate) -> None:
    await gate.user(ADA)
    app = await app_of(gate)
    gate.clock.turn(seconds=16 * 60)
    is_problem(await app.call("GET", METHODS), 401)


@pytest.mark.rule("RFC6750-3.1.scope")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", METHODS),
        ("POST", METHODS),
        ("GET", f"{METHODS}/x"),
        ("PATCH", f"{METHODS}/x"),
        ("DELETE", f"{METHODS}/x"),
        ("POST", f"{METHODS}/x/verify"),
        ("GET", "/me/v1/factors"),
        ("GET", "/me/v1/connected-accounts/accounts"),
        ("GET", "/me/v1/connected-accounts/connections"),
        ("DELETE", "/me/v1/connected-accounts/accounts/x"),
        ("GET", "/me/v1/consents"),
        ("GET", "/me/v1/consents/x"),
        ("DELETE", "/me/v1/consents/x"),
        ("GET", "/me/v1/sessions"),
        ("DELETE", "/me/v1/sessions/x"),
        ("GET", "/me/v1/profile"),
    ],
)
async def test_each_endpoint_wants_its_scope(gate, method, path) -> None:
    await gate.user(ADA)
    app = await app_of(gate, scope="openid")
    answer = await app.call(method, path, {} if method in ("POST", "PATCH") else None)
    is_problem(answer, 403)
    assert "insufficient_scope" in answer.headers["www-authenticate"]


@pytest.mark.rule("House-me-recent")
async def test_what_adds_or_removes_wants_a_recent_proof(gate) -> None:
    ada = await gate.user(ADA)
    factor_id = await give(gate, ada.user_id)
    phone, visitor = Phone(gate), Visitor(gate)
    await visitor.sign_in(phone.authorize_url(), ADA)
    gate.clock.turn(seconds=15 * 60 + 1)
    url = phone.authorize_url(audience=AUDIENCE, scope=SCOPES)
    page = await visitor.send(await visitor.get(url), decision="accept")
    answer = await phone.exchange(phone.answer(page)["code"])
    app = App(gate, answer.json()["access_token"])
    for method, path, body in (
        ("DELETE", f"{METHODS}/{factor_id}", None),
        ("POST", METHODS, {"type": "totp"}),
        ("POST", f"{METHODS}/x/verify", {}),
        ("DELETE", "/me/v1/connected-accounts/accounts/x", None),
    ):
        refused = await app.call(method, path, body)
        is_problem(refused, 403)
        assert "insufficient_user_authentication" in refused.headers["www-authenticate"]
    renamed = await app.call("PATCH", f"{METHODS}/{factor_id}", {"name": "Phone"})
    assert renamed.json()["name"] == "Phone"


@pytest.mark.rule("House-me-two-factors")
async def test_who_has_a_second_factor_shows_it_first(gate) -> None:
    ada = await gate.user(ADA)
    await gate.settings(mfa={"policy": "never"})
    app = await app_of(gate)
    factor_id = await give(gate, ada.user_id, id="totp|1", kind="totp", credential=None)
    for method, path, body in (
        ("DELETE", f"{METHODS}/{factor_id}", None),
        ("POST", METHODS, {"type": "totp"}),
    ):
        refused = await app.call(method, path, body)
        is_problem(refused, 403)
        assert f'acr_values="{ACR}"' in refused.headers["www-authenticate"]


@pytest.mark.rule("House-me-alive")
async def test_a_new_password_ends_what_a_token_may_change(gate) -> None:
    ada = await gate.user(ADA)
    app = await app_of(gate)
    gate.clock.turn(seconds=5)
    phc = gate.house.hashing.hasher.hash("a Good enough 1")
    changed = Password(user_id=ada.user_id, phc=phc, changed_at=gate.clock.now())
    assert await gate.house.store.commit((PutPassword(password=changed),))
    is_problem(await app.call("POST", METHODS, {"type": "totp"}), 401)


async def test_methods_are_listed_renamed_and_removed(gate) -> None:
    ada = await gate.user(ADA)
    factor_id = await give(gate, ada.user_id, details={"transports": ["usb"]})
    app = await app_of(gate)
    found = (await app.call("GET", METHODS)).json()["authentication_methods"]
    assert [one["type"] for one in found] == ["password", "passkey"]
    only = (await app.call("GET", f"{METHODS}?type=passkey")).json()
    assert [one["id"] for one in only["authentication_methods"]] == [factor_id]
    one = (await app.call("GET", f"{METHODS}/{factor_id}")).json()
    assert (one["key_id"], one["transports"]) == ("c", ["usb"])
    for wrong in (
        {"name": ""},
        {"name": 5},
        {"name": "x", "more": 1},
        [],
        {"name": "\n"},
    ):
        is_problem(await app.call("PATCH", f"{METHODS}/{factor_id}", wrong), 400)
    text = await app.call(
        "PATCH", f"{METHODS}/{factor_id}", {}, **{"content-type": "text/plain"}
    )
    is_problem(text, 415)
    gone = await app.call("DELETE", f"{METHODS}/{factor_id}")
    assert (gone.status_code, gone.content) == (204, b"")
    is_problem(await app.call("DELETE", f"{METHODS}/{factor_id}"), 404)
    log = await gate.log_types()
    assert "my_account_authentication_method_succeeded" in log
    assert "my_account_authentication_method_failed" in log


async def test_anothers_are_not_there(gate) -> None:
    bob = await gate.user("bob@example.com")
    await gate.user(ADA)
    theirs = await give(gate, bob.user_id)
    phone = Phone(gate)
    await phone.tokens(Visitor(gate), "bob@example.com")
    family = (await gate.house.store.read(ListFamilies(user_id=bob.user_id)))[0]
    app = await app_of(gate)
    for method, path in (
        ("GET", f"{METHODS}/{theirs}"),
        ("PATCH", f"{METHODS}/{theirs}"),
        ("DELETE", f"{METHODS}/{theirs}"),
        ("DELETE", f"/me/v1/sessions/f.{family.id}"),
        ("DELETE", "/me/v1/consents/x"),
        ("GET", "/me/v1/consents/x"),
        ("DELETE", "/me/v1/connected-accounts/accounts/x"),
    ):
        body = {"name": "x"} if method == "PATCH" else None
        is_problem(await app.call(method, path, body), 404)
    assert (await gate.house.store.read(ListFactors(user_id=bob.user_id)))[
        0
    ].name is None


def seed_of(created: dict[str, Any]) -> bytes:
    text = created["manual_input_code"]
    return base64.b32decode(text + "=" * (-len(text) % 8))


async def test_an_authenticator_app_is_set_up(gate) -> None:
    ada = await gate.user(ADA)
    app = await app_of(gate)
    answer = await app.call("POST", METHODS, {"type": "totp"})
    created = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{METHODS}/{created['id']}"
    assert created["barcode_uri"].startswith("otpauth://totp/")
    assert await gate.house.store.read(ListFactors(user_id=ada.user_id)) == ()
    verify = f"{METHODS}/{created['id']}/verify"
    session = {"auth_session": created["auth_session"]}
    wrong = await app.call("POST", verify, {**session, "otp_code": "000000"})
    is_problem(wrong, 400)
    code = totp.code_at(seed_of(created), gate.clock.now() // 30_000)
    body = {**session, "otp_code": code}
    answers = await asyncio.gather(*[app.call("POST", verify, body) for _ in "ab"])
    assert sorted(one.status_code for one in answers) == [201, 409]
    person = await gate.house.store.read(FindPerson(user_id=ada.user_id))
    assert person.user.second_factor_at is not None
    kinds = {
        one.kind
        for one in await gate.house.store.read(ListFactors(user_id=ada.user_id))
    }
    assert kinds == {"totp"}  # nobody would see a recovery code


async def test_an_enrolment_is_its_persons_alone(gate) -> None:
    await gate.user("bob@example.com")
    await gate.user(ADA)
    app = await app_of(gate)
    created = (await app.call("POST", METHODS, {"type": "totp"})).json()
    theirs = await app_of(gate, "bob@example.com")
    code = totp.code_at(seed_of(created), gate.clock.now() // 30_000)
    body = {"auth_session": created["auth_session"], "otp_code": code}
    verify = f"{METHODS}/{created['id']}/verify"
    is_problem(await theirs.call("POST", verify, body), 400)
    is_problem(await app.call("POST", f"{METHODS}/other/verify", body), 400)
    is_problem(await app.call("POST", METHODS, {"type": "push-notification"}), 400)
    gate.clock.turn(seconds=14 * 60)
    for _ in range(11):
        last = await app.call("POST", verify, {**body, "otp_code": "1"})
    is_problem(last, 429)


async def test_factors_consents_sessions_and_accounts_are_listed(gate) -> None:
    await gate.user(ADA)
    app = await app_of(gate)
    factors = (await app.call("GET", "/me/v1/factors")).json()["factors"]
    assert {"type": "totp", "usage": ["secondary"]} in factors
    consents = (await app.call("GET", "/me/v1/consents")).json()["consents"]
    assert [one["client_id"] for one in consents] == ["native"]
    consent = await app.call("GET", f"/me/v1/consents/{consents[0]['id']}")
    assert consent.json() == consents[0]
    sessions = (await app.call("GET", "/me/v1/sessions")).json()["sessions"]
    assert [one["kind"] for one in sessions] == ["browser"]
    ended = await app.call("DELETE", f"/me/v1/sessions/{sessions[0]['id']}")
    assert ended.status_code == 204
    assert (await app.call("GET", "/me/v1/sessions")).json() == {"sessions": []}
    accounts = await app.call("GET", "/me/v1/connected-accounts/accounts")
    assert accounts.json() == {"accounts": []}
    others = await app.call("GET", "/me/v1/connected-accounts/connections")
    assert others.json() == {"connections": []}
    withdrawn = await app.call("DELETE", f"/me/v1/consents/{consents[0]['id']}")
    assert withdrawn.status_code == 204


async def test_ways_that_do_not_exist(gate) -> None:
    await gate.user(ADA)
    app = await app_of(gate)
    assert (await app.call("GET", "/me/v1/nothing")).status_code == 404
    assert (await app.call("PUT", METHODS)).status_code == 405
    assert (await app.call("GET", f"{METHODS}/")).status_code == 404
