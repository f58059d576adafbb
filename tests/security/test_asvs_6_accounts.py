"""Accounts under attack: races, enumeration, look-alikes (OWASP ASVS 5.0, V6)."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from gatelodge.base.text import email_key, is_email
from gatelodge.model.reads import FindByEmail
from tests.protocol.gatehouse import PASSWORD, Gatehouse, Phone, Visitor, form_of
from tests.security.mails import ask_reset, reset_password

GOOD = "a Good enough 1"
OURS = {"sec-fetch-site": "same-origin"}
_BOUNDS = ("commit", "commit")
"""What a network, and what a mailbox, may still have of reset links."""


class Counting:
    """The store, counting what each request does to it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.seen: list[str] = []

    async def read(self, question: Any) -> Any:
        self.seen.append(f"read {type(question).__name__}")
        return await self._store.read(question)

    async def commit(self, writes: Any) -> bool:
        self.seen.append("commit")
        return bool(await self._store.commit(writes))

    def take(self) -> list[str]:
        seen, self.seen = self.seen, []
        return seen


@pytest.fixture
def counting(gate: Gatehouse) -> Counting:
    counted = Counting(gate.house.store)
    gate.house.store = counted  # type: ignore[assignment]
    return counted


def connection(gate: Gatehouse) -> str:
    return gate.house.snapshot.catalogue.connections[0].name


async def sign_up(gate: Gatehouse, email: str, **more: Any):
    body = {
        "client_id": "native",
        "connection": connection(gate),
        "email": email,
        "password": GOOD,
        **more,
    }
    return await gate.http().post("/dbconnections/signup", json=body)


async def test_of_many_sign_ups_with_one_address_one_wins(nodes) -> None:
    spellings = (
        "ada@example.com",
        "ADA@example.com",
        " Ada@Example.com ",
        "\uff41da@example.com",
    )
    calls = [sign_up(nodes[n % 2], spellings[n % 4]) for n in range(12)]
    answers = await asyncio.gather(*calls)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert set(statuses[1:]) == {400}
    people = await nodes[0].house.store.read(FindByEmail(email_key="ada@example.com"))
    assert len(people) == 1


async def test_of_many_uses_of_a_link_one_counts(nodes) -> None:
    await nodes[0].user("ada@example.com")
    _, link = await ask_reset(nodes[0], "ada@example.com")
    page = await Visitor(nodes[0]).get(link)
    form = form_of(page.text)
    answers = await asyncio.gather(
        *(
            nodes[n % 2]
            .http()
            .post(
                form.action,
                data={**form.fields, "password": f"a Good enough {n}"},
                headers=OURS,
            )
            for n in range(12)
        )
    )
    done = [a for a in answers if a.status_code == 200 and "/u/reset" not in a.text]
    assert len(done) == 1
    assert {a.status_code for a in answers} == {200, 400}
    assert (await nodes[0].log_types()).count("scp") == 1


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
async def test_known_and_unknown_cost_the_same(gate, ada, counting, email) -> None:
    visitor, phone = Visitor(gate), Phone(gate)
    page = await visitor.get(phone.authorize_url())
    counting.take()
    await visitor.send(page, username=email, password="wrong")
    assert counting.take() == ["read FindAccount", "commit", "commit"]
    forgot = await visitor.get("/u/forgot")
    counting.take()
    await visitor.send(forgot, email=email)
    assert counting.take() == [*_BOUNDS, "read FindAccount", "commit"]
    body = {"client_id": "native", "connection": connection(gate), "email": email}
    answer = await gate.http().post("/dbconnections/change_password", json=body)
    assert counting.take() == [*_BOUNDS, "read FindAccount", "commit"]
    assert answer.text == "We've just sent you an email to reset your password."


async def test_a_letter_is_written_for_anybody_and_sent_to_the_known(gate, ada) -> None:
    """Drawing the mail is most of the time that a known address takes."""
    drawn: list[str] = []
    draw = gate.house.pages.mail

    def noted(name: str, **more: Any) -> Any:
        drawn.append(name)
        return draw(name, **more)

    gate.house.pages.mail = noted
    for email in (ada, "nobody@example.com"):
        visitor = Visitor(gate)
        await visitor.send(await visitor.get("/u/forgot"), email=email)
    assert drawn == ["reset_password", "reset_password"]
    assert "nobody@example.com" not in (await Visitor(gate).get("/mailbox")).text


async def test_a_name_carries_no_message_into_a_strangers_mail(gate, visitor) -> None:
    """Signing up with another's address is free; writing to them is not."""
    told = (
        "You won, see https://evil.example.com",
        "evil.example.com",
        "WWW.evil",
        "mail me@evil",
        "Call now " * 10,
    )
    for number, name in enumerate((*told, "Dr. Ada B. Lovelace")):
        answer = await sign_up(gate, f"victim{number}@example.com", name=name)
        assert answer.status_code == 200
    inbox = await visitor.get("/mailbox")
    hrefs = re.findall(r'href="(/mailbox/message\?id=[^"]+)"', inbox.text)
    mails = [(await visitor.get(href)).text for href in hrefs]
    assert len(mails) == len(told) + 1
    for words in ("evil", "Call now"):
        assert not any(words in mail for mail in mails)
    assert any("Dr. Ada B. Lovelace" in mail for mail in mails)


async def test_wrong_password_hashes_once_for_anybody(gate, ada) -> None:
    asked: list[bool] = []
    hasher = gate.house.hashing.hasher
    verify = hasher.verify

    def counted(password: str, phc: str | None) -> bool:
        asked.append(phc is not None)
        return verify(password, phc)

    hasher.verify = counted
    for email in (ada, "nobody@example.com"):
        await Visitor(gate).sign_in(Phone(gate).authorize_url(), email, "wrong")
    assert asked == [True, False]


async def test_a_taken_address_and_a_bad_field_read_alike(gate, ada) -> None:
    taken = await sign_up(gate, ada)
    malformed = await sign_up(gate, "no address")
    assert taken.status_code == malformed.status_code == 400
    assert taken.json() == malformed.json()


async def test_a_sign_in_overtaken_by_a_reset_is_undone(gate, ada, phone) -> None:
    """The old password was right when it was read and wrong when it would count."""
    attacker = Visitor(gate)
    page = await attacker.get(phone.authorize_url())
    verify = gate.house.hashing.verify
    checked, reset = asyncio.Event(), asyncio.Event()

    async def slowly(password: str, phc: str | None) -> bool:
        fits = await verify(password, phc)
        checked.set()
        await reset.wait()
        return fits

    gate.house.hashing.verify = slowly
    late = asyncio.create_task(attacker.send(page, username=ada, password=PASSWORD))
    await checked.wait()
    gate.house.hashing.verify = verify
    await reset_password(gate, ada, GOOD)
    reset.set()
    landed = await late
    assert landed.url.path == "/u/login"
    assert (await attacker.get(phone.authorize_url())).url.path == "/u/login"
    assert "code" in phone.answer(
        await attacker.sign_in(phone.authorize_url(), ada, GOOD)
    )


NO_ADDRESSES = [
    "ada@exam\u200bple.com",
    "a\u200dda@example.com",
    "ada@example.com\u202e",
    "ada@example.com\x00",
    "ada@example.com\r\nBcc: all@example.com",
    "ada@example.com, bob@example.com",
    "<ada@example.com>",
    "ada@@example.com",
    "ada@example.com@evil.example.com",
    "ada@[127.0.0.1]",
    "ada@",
    "@example.com",
    "ada",
    "a" * 65 + "@example.com",
    "ada@" + "e" * 300,
    "ada @example.com",
    '"ada"@example.com',
    "ada@example..com",
]


async def test_what_is_no_address(gate) -> None:
    for typed in NO_ADDRESSES:
        answer = await sign_up(gate, typed)
        assert answer.status_code == 400
        assert (
            await gate.house.store.read(FindByEmail(email_key=email_key(typed))) == ()
        )


async def test_mail_goes_to_the_normal_form_only(gate, visitor) -> None:
    """Two spellings are one account, and its mail has one place to go."""
    await gate.user("mike@example.com")
    for spelling in ("\uff4dike@example.com", "MIKE@EXAMPLE.COM", "miKe@example.com"):
        await visitor.send(await visitor.get("/u/forgot"), email=spelling)
    inbox = await visitor.get("/mailbox")
    assert inbox.text.count("mike@example.com") == 3
    for strange in ("\uff4d", "MIKE", "miKe"):
        assert strange not in inbox.text


@pytest.mark.parametrize(
    "twin", ["m\u0131ke@example.com", "m\u0130ke@example.com", "m\u0456ke@example.com"]
)
async def test_look_alikes_are_other_accounts(gate, twin) -> None:
    """Turkish dotless and dotted i, Cyrillic i: never the same account."""
    await gate.user("mike@example.com")
    assert is_email(email_key(twin))
    assert email_key(twin) != "mike@example.com"
    assert (await sign_up(gate, twin)).status_code == 200


@pytest.mark.parametrize("password", ["x" * 1025, "\u00e9" * 600, "\U0001f600" * 300])
async def test_passwords_beyond_the_limit(gate, ada, visitor, phone, password) -> None:
    answer = await sign_up(gate, "long@example.com", password=password)
    assert answer.status_code == 400
    wrong = await visitor.sign_in(phone.authorize_url(), ada, password)
    assert wrong.status_code == 200


NO_TEXTS = [
    b'{"password":"\\u0000abcdefgh"}',
    b'{"password":"\\ud800abcdefgh"}',
    b'{"user_metadata":{"a":"\\ud800"}}',
    b'{"user_metadata":{"\\ud800":"a"}}',
    b'{"user_metadata":{"a":"\\u0000"}}',
    b'{"user_metadata":{"a":{"b":1}}}',
    b'{"user_metadata":{"a.b":"1","$c":"2"}}',
    b'{"user_metadata":[[[[]]]]}',
    b'{"name":"\\ud800"}',
    b'{"email":{"a":1}}',
    b'{"email":["ada@example.com"]}',
    b'{"email":1e999}',
    b'{"email":' + b"9" * 5000 + b"}",
]


async def test_fields_that_are_no_text(gate) -> None:
    for body in NO_TEXTS:
        base = (
            f'{{"client_id":"native","connection":"{connection(gate)}",'
            f'"email":"new@example.com","password":"{GOOD}",'
        ).encode()
        name = body[2:].partition(b'"')[0]
        kept = base.replace(b'"' + name + b'":', b'"was_' + name + b'":')
        answer = await gate.http().post(
            "/dbconnections/signup",
            content=kept + body[1:],
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 400, answer.text


async def test_the_server_owns_some_fields(gate) -> None:
    answer = await sign_up(
        gate,
        "new@example.com",
        email_verified=True,
        user_id="auth0|x",
        app_metadata={"role": "admin"},
        blocked=False,
        roles=["rol_reader"],
    )
    assert answer.json()["email_verified"] is False
    (person,) = await gate.house.store.read(FindByEmail(email_key="new@example.com"))
    assert person.user.app_metadata == {}
    assert person.role_ids == ()
    assert person.user.user_id != "auth0|x"
