"""``/account/passkey``: a passkey is made on the account page, and removed there."""

from __future__ import annotations

import re

from tests.services.authenticator import Authenticator

from .at_account import ADA, give_factor, letters, post, send, signed_in, who_of
from .gatehouse import Visitor
from .passkeys import ORIGIN, Asked, factors_of


async def test_a_passkey_is_added_and_signs_in(gate, phone) -> None:
    await gate.user(ADA)
    key, visitor = Authenticator(), await signed_in(gate)
    assert "/account/passkey" in (await visitor.get("/account/security")).text
    asked = Asked(await visitor.get("/account/passkey"))
    page = await asked.send(visitor, key.create(asked.options, ORIGIN))
    assert "It is set up" in page.text
    assert [one.kind for one in await factors_of(gate, ADA)] == ["passkey"]
    again = await asked.send(visitor, Authenticator().create(asked.options, ORIGIN))
    assert "It is set up" not in again.text  # a question is answered once
    stranger = Visitor(gate)
    asked = Asked(await stranger.get(phone.authorize_url()))
    landed = await asked.send(stranger, key.get(asked.options, ORIGIN))
    assert "code" in phone.answer(landed)


async def test_a_question_is_answered_in_its_own_session(gate) -> None:
    await gate.user(ADA)
    await gate.user("bob@example.com")
    asked = Asked(await (await signed_in(gate)).get("/account/passkey"))
    bob = await signed_in(gate, "bob@example.com")
    page = await asked.send(bob, Authenticator().create(asked.options, ORIGIN))
    assert 'role="alert"' in page.text
    assert await factors_of(gate, "bob@example.com") == ()


async def test_an_old_proof_adds_nothing(gate) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    asked = Asked(await visitor.get("/account/passkey"))
    gate.clock.turn(seconds=15 * 60 + 1)
    page = await asked.send(visitor, Authenticator().create(asked.options, ORIGIN))
    assert "/u/login" in str(page.url)
    assert await factors_of(gate, ADA) == ()


async def test_one_of_several_is_removed(gate) -> None:
    await give_factor(gate, await gate.user(ADA), counter=0)
    visitor = await signed_in(gate)
    asked = Asked(await visitor.get("/account/passkey"))
    await asked.send(visitor, Authenticator().create(asked.options, ORIGIN))
    assert len(await factors_of(gate, ADA)) == 2
    page = await visitor.get("/account/security")
    found = re.findall(r'name="factor" value="([^"]+)"', page.text)
    await post(
        visitor, "security", who=who_of(page), decision="remove", factor=found[0]
    )
    assert len(await factors_of(gate, ADA)) == 1
    page = await send(visitor, "security", decision="remove", factor=found[0])
    assert 'role="alert"' in page.text


async def test_its_person_hears_of_every_passkey(gate) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    asked = Asked(await visitor.get("/account/passkey"))
    await asked.send(visitor, Authenticator().create(asked.options, ORIGIN))
    (added,) = await letters(gate)
    assert (added.recipient, added.subject) == (
        ADA,
        "A passkey was added to your account with Gatelodge",
    )
    assert "http://localhost:8421/account/security" in added.text
    (factor,) = await factors_of(gate, ADA)
    visitor.client.headers["accept-language"] = "de"
    await send(visitor, "security", factor=factor.id, decision="remove")
    (removed,) = [one for one in await letters(gate) if one != added]
    assert removed.subject == "Ein Passkey wurde aus Ihrem Konto bei Gatelodge entfernt"


async def test_no_mail_where_nothing_was_added(gate) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    asked = Asked(await visitor.get("/account/passkey"))
    page = await visitor.send(asked.page, credential="nonsense")
    assert 'role="alert"' in page.text
    assert await letters(gate) == []
