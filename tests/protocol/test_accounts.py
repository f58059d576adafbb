"""Sign-up, verification, forgotten passwords: pages and database endpoints."""

from __future__ import annotations

import re

import msgspec
import pytest

from gatelodge.model.reads import FindByEmail, ListMail, TailLog

from .gatehouse import PASSWORD, Gatehouse, Visitor

GOOD = "a Good enough 1"


async def link_in_mail(visitor: Visitor) -> str:
    """The newest mail's link, as the mailbox page shows it."""
    inbox = await visitor.get("/mailbox")
    href = re.search(r'href="(/mailbox/message\?id=[^"]+)"', inbox.text)
    assert href
    message = await visitor.get(href[1])
    link = re.search(r'href="(http://localhost:8421/u/[^"]+)"', message.text)
    assert link, message.text
    return link[1].replace("&amp;", "&")


async def person(gate: Gatehouse, email: str):
    found = await gate.house.store.read(FindByEmail(email_key=email))
    return found[0].user if found else None


async def test_sign_up_verify_and_go_on(gate, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    landed = await visitor.send(
        page, email=" Ada@Example.com ", password=GOOD, name="Ada"
    )
    assert "code" in phone.answer(landed)
    user = await person(gate, "ada@example.com")
    assert (user.name, user.email_verified_at) == ("Ada", None)
    opened = await visitor.get(await link_in_mail(visitor))
    assert (await person(gate, "ada@example.com")).email_verified_at is None
    done = await visitor.send(opened)
    assert "confirmed" in done.text
    assert (await person(gate, "ada@example.com")).email_verified_at is not None
    again = await visitor.send(opened)
    assert again.status_code == 400


async def test_resend_verification(gate, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    await visitor.send(page, email="ada@example.com", password=GOOD)
    link = await link_in_mail(visitor)
    gate.clock.turn(seconds=6 * 86_400)
    expired = await visitor.get(link)
    assert expired.status_code == 400
    await visitor.send(expired)
    gate.clock.turn(seconds=1)
    newer = await link_in_mail(visitor)
    assert newer != link
    await visitor.send(await visitor.get(newer))
    assert (await person(gate, "ada@example.com")).email_verified_at is not None


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "not an address", "password": GOOD}, "name@example.com"),
        ({"email": "ada@example.com", "password": "short"}, "not strong enough"),
        ({"email": "ada@example.com", "password": "a" * 2000}, "password"),
        ({"email": "", "password": ""}, "name@example.com"),
        ({"email": "ada@example.com", "password": "Ada@example.com"}, "your name"),
    ],
)
async def test_bad_forms_come_back(gate, visitor, phone, fields, wrong) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    again = await visitor.send(page, **fields)
    assert again.status_code == 200
    assert wrong in again.text
    assert await person(gate, "ada@example.com") is None


async def test_signing_up_is_a_first_sign_in(gate, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    landed = await visitor.send(page, email="ada@example.com", password=GOOD)
    assert "code" in phone.answer(landed)
    found = await person(gate, "ada@example.com")
    assert (found.logins, found.last_login_at) == (1, gate.clock.at)
    assert sorted(await gate.log_types()) == ["s", "ss"]


async def test_a_taken_address_says_nothing_certain(gate, visitor, phone) -> None:
    await gate.user("ada@example.com")
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    again = await visitor.send(page, email="ADA@example.com", password=GOOD)
    assert "may already have one" in again.text
    assert "fs" in await gate.log_types()


async def test_reset_the_password(gate, visitor, phone) -> None:
    await gate.user("ada@example.com")
    tokens = await phone.tokens(visitor, "ada@example.com")
    other = Visitor(gate)
    page = await other.get(phone.authorize_url())
    forgot = await other.get(
        re.search(r'href="(/u/forgot\?state=[^"]+)"', page.text)[1]
    )
    first = await other.send(forgot, email="ada@example.com")
    gate.clock.turn(seconds=1)
    unknown = await other.send(forgot, email="nobody@example.com")
    assert first.text.replace("ada@", "x@") == unknown.text.replace("nobody@", "x@")
    old_link = await link_in_mail(other)
    await other.send(forgot, email="ada@example.com")
    gate.clock.turn(seconds=1)
    assert (await other.get(old_link)).status_code == 400  # only the newest works
    form = await other.get(await link_in_mail(other))
    weak = await other.send(form, password="x")
    assert "not strong enough" in weak.text
    done = await other.send(form, password=GOOD)
    assert "changed" in done.text
    assert (await other.send(form, password=GOOD)).status_code == 400
    # every session and refresh token is gone, and the old password with them
    assert (await phone.renew(tokens["refresh_token"])).status_code == 400
    assert (await visitor.get(phone.authorize_url())).url.path == "/u/login"
    wrong = await visitor.sign_in(phone.authorize_url(), "ada@example.com", PASSWORD)
    assert wrong.status_code == 200
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com", GOOD)
    assert "code" in phone.answer(landed)


async def test_refresh_tokens_are_kept_where_the_tenant_says_so(
    gate, visitor, phone
) -> None:
    await gate.settings(keep_refresh_tokens_on_password_change=True)
    await gate.user("ada@example.com", email_verified_at=1)
    tokens = await phone.tokens(visitor, "ada@example.com")
    await phone.http.post(
        "/dbconnections/change_password",
        json={
            "client_id": "native",
            "email": "ada@example.com",
            "connection": "Username-Password-Authentication",
        },
    )
    await visitor.send(await visitor.get(await link_in_mail(visitor)), password=GOOD)
    assert (await phone.renew(tokens["refresh_token"])).status_code == 200


async def test_a_reset_link_expires_after_an_hour(gate, visitor, phone) -> None:
    await gate.user("ada@example.com")
    forgot = await visitor.get("/u/forgot")
    await visitor.send(forgot, email="ada@example.com")
    link = await link_in_mail(visitor)
    gate.clock.turn(seconds=3600)
    expired = await visitor.get(link)
    assert expired.status_code == 400
    assert "/u/forgot" in expired.text


async def test_mails_wait_sealed(gate, visitor) -> None:
    await gate.user("ada@example.com")
    await visitor.send(await visitor.get("/u/forgot"), email="ada@example.com")
    mails = await gate.house.store.read(ListMail())
    assert len(mails) == 1
    assert b"http" not in mails[0].sealed


async def test_the_mailbox_is_closed_when_it_is_off(gate, visitor) -> None:
    gate.house.mailbox = False
    assert (await visitor.get("/mailbox")).status_code == 404


class TestDatabaseEndpoints:
    BODY = {  # noqa: RUF012
        "client_id": "native",
        "connection": "Username-Password-Authentication",
        "email": "Ada@Example.com",
        "password": GOOD,
    }

    async def test_sign_up(self, gate, phone) -> None:
        body = {**self.BODY, "user_metadata": {"plan": "x"}, "given_name": "Ada"}
        answer = await phone.http.post("/dbconnections/signup", json=body)
        assert answer.status_code == 200
        shown = answer.json()
        assert "|" not in shown["_id"]
        assert shown["email"] == "ada@example.com"
        assert shown["email_verified"] is False
        user = await person(gate, "ada@example.com")
        assert user.user_metadata == {"plan": "x"}

    async def test_sign_up_twice(self, gate, phone) -> None:
        await phone.http.post("/dbconnections/signup", json=self.BODY)
        answer = await phone.http.post("/dbconnections/signup", json=self.BODY)
        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid_signup"
        await gate.settings(public_signup_user_exists_error=True)
        answer = await phone.http.post("/dbconnections/signup", json=self.BODY)
        assert answer.json()["code"] == "user_exists"

    async def test_weak_password(self, phone) -> None:
        body = {**self.BODY, "password": "x"}
        answer = await phone.http.post("/dbconnections/signup", json=body)
        assert answer.json()["code"] == "invalid_password"
        assert answer.json()["name"] == "PasswordStrengthError"
        assert "8 characters" in answer.json()["policy"]

    async def test_sign_up_disabled(self, gate, phone) -> None:
        from gatelodge.model.writes import PutConnection

        connection = gate.house.snapshot.catalogue.connections[0]
        options = msgspec.structs.replace(connection.options, disable_signup=True)
        closed = msgspec.structs.replace(connection, options=options)
        await gate.write(PutConnection(connection=closed))
        answer = await phone.http.post("/dbconnections/signup", json=self.BODY)
        assert answer.status_code == 400
        page = await Visitor(gate).get(phone.authorize_url())
        assert "/u/signup" not in page.text

    @pytest.mark.parametrize(
        "change",
        [
            {"client_id": "nobody"},
            {"connection": "nope"},
            {"email": "x"},
            {"user_metadata": {"a.b": "x"}},
            {"user_metadata": {"a": 1}},
            {"user_metadata": {str(n): "x" for n in range(11)}},
            {"email": {"$ne": 1}},
            {"password": ["x"]},
        ],
    )
    async def test_bad_fields(self, gate, phone, change) -> None:
        body = {**self.BODY, **change}
        answer = await phone.http.post("/dbconnections/signup", json=body)
        assert answer.status_code == 400
        assert await person(gate, "ada@example.com") is None

    @pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
    async def test_change_password_says_the_same(self, gate, phone, email) -> None:
        await gate.user("ada@example.com")
        body = {**self.BODY, "email": email}
        answer = await phone.http.post("/dbconnections/change_password", json=body)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text == "We've just sent you an email to reset your password."

    async def test_the_log_knows_the_difference(self, gate, phone) -> None:
        body = {**self.BODY, "email": "nobody@example.com"}
        await phone.http.post("/dbconnections/change_password", json=body)
        line = (await gate.house.store.read(TailLog(limit=1)))[0]
        assert (line.type, line.details["description"]) == ("fcpr", "no such account")
