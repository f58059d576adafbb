"""An organisation's identity provider vouches for people (contract 1.9, 3.10)."""

from __future__ import annotations

import re
from html import unescape

import pytest

from gatelodge.base.encoding import digest_of
from gatelodge.connections.saml.binding import check_query
from gatelodge.model.reads import (
    FindAnswer,
    FindIdentity,
    FindPerson,
    ListSessions,
    SweepDue,
    TailLog,
)
from gatelodge.model.saml import IdpInitiated
from gatelodge.model.writes import BlockUser
from tests.protocol.gatehouse import Visitor, claims_of

from . import provider as idp
from .conftest import STRAIGHT, ask, connect, post, sign_in
from .provider import NOW, Answer

SUB = "samlp|acme|ada"


async def person(gate, user_id: str = SUB):
    found = await gate.house.store.read(FindPerson(user_id=user_id))
    return found.user if found else None


async def newest(gate):
    (line,) = await gate.house.store.read(TailLog(limit=1))
    return line


async def kept(gate) -> bool:
    """Whether any answer waits."""
    return await gate.house.store.read(SweepDue(what="posted_answer", before=2 * NOW))


@pytest.mark.parametrize("how", ["assertion", "response", "both"])
async def test_from_the_button_to_the_tokens(gate, visitor, phone, how) -> None:
    page = await visitor.get(phone.authorize_url())
    assert "Continue with Acme" in page.text
    href = unescape(re.search(r'href="(/u/upstream[^"]+)"', page.text)[1])
    landed = await sign_in(visitor, href, how=how)
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    said = claims_of(tokens["id_token"])
    assert (said["sub"], said["given_name"]) == (SUB, "Ada")
    assert (said["email"], said["email_verified"]) == ("ada@acme.example", False)
    assert {"ss", "s"} <= set(await gate.log_types())
    identity = await gate.house.store.read(
        FindIdentity(connection_id="con_acme", external_id="ada")
    )
    assert identity.identity.profile["attributes"]["groups"] == ["staff", "pilots"]


async def test_the_session_serves_the_next_request(visitor, phone) -> None:
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    again = await visitor.get(phone.authorize_url(**STRAIGHT))
    assert "code" in phone.answer(again)


async def test_our_request_is_signed_by_the_key_in_our_metadata(
    gate, visitor, phone
) -> None:
    answer = await visitor.get(phone.authorize_url(**STRAIGHT, prompt="login"))
    location = answer.headers["location"]
    assert location.startswith("https://idp.example/sso?")
    metadata = (await visitor.get("/samlp/metadata?connection=acme")).text
    shown = re.findall(r"X509Certificate>([^<]+)<", metadata)
    check_query(location.partition("?")[2], "SAMLRequest", shown[:1], now=NOW)
    assert idp.CONSUMER in metadata
    assert (await visitor.get("/samlp/metadata?connection=none")).status_code == 404
    assert (await ask(visitor, phone.authorize_url(**STRAIGHT))).root.get(
        "ForceAuthn"
    ) is None


async def test_a_request_by_form(gate, visitor, phone) -> None:
    await connect(gate, request_binding="HTTP-POST")
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert "code" in phone.answer(landed)


async def test_an_encrypted_assertion(gate, visitor, phone) -> None:
    key = gate.house.snapshot.keyring.saml.opening[0].public_key()
    asked = await ask(visitor, phone.authorize_url(**STRAIGHT))
    answer = asked.answer()
    inner = idp.encrypted(idp.signed(idp.assertion(answer)), key)
    landed = await post(visitor, idp.response(answer, inner), asked.relay_state)
    assert "code" in phone.answer(landed)


async def test_what_the_provider_says_later_is_taken_over(gate, visitor, phone) -> None:
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    gate.clock.turn(seconds=1)
    said = {"email": ("ada@lovelace.example",), "givenName": ("Augusta",)}
    await sign_in(
        Visitor(gate),
        phone.authorize_url(**STRAIGHT),
        attributes=said,
        assertion_id="_later",
    )
    user = await person(gate)
    assert (user.email, user.given_name) == ("ada@lovelace.example", "Augusta")


@pytest.mark.rule("SAML-replay")
async def test_an_answer_counts_once(gate, visitor, phone) -> None:
    asked = await ask(visitor, phone.authorize_url(**STRAIGHT))
    document = idp.honest(asked.answer())
    first = await post(visitor, document, asked.relay_state)
    assert "code" in phone.answer(first)
    fresh = Visitor(gate)  # somebody who read it on the way
    again = await post(fresh, document, asked.relay_state)
    assert again.status_code == 200
    assert "Sign in" in again.text


@pytest.mark.rule("SAML-replay")
async def test_an_assertion_counts_once_whatever_is_around_it(
    gate, visitor, phone
) -> None:
    """A second request of the same browser gets the first one's assertion anew."""
    url = phone.authorize_url(**STRAIGHT, prompt="login")
    landed = await sign_in(visitor, url)
    assert "code" in phone.answer(landed)
    second = await sign_in(visitor, url)  # same assertion id
    assert second.status_code != 303 or "code=" not in second.headers["location"]


async def test_another_browser_cannot_finish(gate, visitor, phone) -> None:
    """Login CSRF: the attacker's own answer in somebody else's browser."""
    asked = await ask(visitor, phone.authorize_url(**STRAIGHT))
    victim = Visitor(gate)
    await victim.get(phone.authorize_url())
    landed = await post(victim, idp.honest(asked.answer()), asked.relay_state)
    assert landed.status_code == 200
    assert await person(gate) is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"audiences": (("urn:other",),)}, "SAML-audience"),
        ({"recipient": "https://other.example/"}, "SAML-recipient"),
        ({"issuer": "https://eve.example"}, "SAML-issuer"),
        ({"in_response_to": "_other"}, "SAML-in-response"),
    ],
)
async def test_a_refusal_is_kind_and_changes_nothing(
    gate, visitor, phone, changes, rule
) -> None:
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT), **changes)
    assert landed.status_code == 200
    assert "Acme could not confirm who you are" in landed.text
    assert await person(gate) is None
    line = await newest(gate)
    assert (line.type, line.details["rule"]) == ("f", rule)
    again = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert "code" in phone.answer(again)


async def test_garbage_leaves_nothing_behind(gate, visitor) -> None:
    before = await gate.log_types()
    for relay_state in ("", "x", "A" * 32, "\u00e4" * 32):
        for raw in (b"", b"garbage", idp.raw(idp.honest())):
            landed = await post(visitor, raw or b"x", relay_state)
            assert landed.status_code == 400, landed.text
    assert (await kept(gate), await gate.log_types()) == (False, before)


async def test_the_first_answer_to_a_request_is_the_one_kept(
    gate, visitor, phone
) -> None:
    """However often something is posted, one row is all it makes."""
    asked = await ask(visitor, phone.authorize_url(**STRAIGHT))
    await post(Visitor(gate), b"<a/>", asked.relay_state)
    landed = await post(visitor, idp.honest(asked.answer()), asked.relay_state)
    assert "Acme could not confirm who you are" in landed.text


async def test_of_what_is_not_believed_only_the_reason_is_kept(
    gate, visitor, phone
) -> None:
    asked = await ask(visitor, phone.authorize_url(**STRAIGHT))
    big = b"<a>" + b"x" * 60_000 + b"</a>"
    await post(Visitor(gate), big, asked.relay_state)
    digest = digest_of(f"posted answer\x00{asked.relay_state}")
    waiting = await gate.house.store.read(FindAnswer(digest=digest))
    assert len(waiting.sealed) < 600


async def test_what_was_taken_up_is_gone(gate, visitor, phone) -> None:
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert not await kept(gate)


async def test_nobody_waits_for_ever(gate, visitor, phone) -> None:
    asked = await ask(visitor, phone.authorize_url(**STRAIGHT))
    gate.clock.turn(seconds=3_601)
    answer = asked.answer(issued=gate.clock.now())
    landed = await post(visitor, idp.honest(answer), asked.relay_state)
    assert await person(gate) is None
    assert landed.status_code in (200, 400)


async def test_somebody_blocked_stays_out(gate, visitor, phone) -> None:
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    await gate.write(BlockUser(user_id=SUB, blocked_at=NOW, updated_at=NOW))
    landed = await sign_in(
        Visitor(gate), phone.authorize_url(**STRAIGHT), assertion_id="_second"
    )
    assert phone.answer(landed)["error"] == "unauthorized"


async def test_nobody_new_where_sign_up_is_closed(gate, visitor, phone) -> None:
    await connect(gate, options={"disable_signup": True})
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert "There is no account here for you at Acme" in landed.text
    assert await person(gate) is None


async def test_a_session_ends_with_the_providers(gate, visitor, phone) -> None:
    end = NOW + 60_000
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT), session_until=end)
    assert "code" in phone.answer(landed)
    (session,) = await gate.house.store.read(ListSessions(user_id=SUB))
    assert session.ends_at == end


async def test_a_second_factor_is_asked_for_all_the_same(gate, visitor, phone) -> None:
    await gate.change_options("native", mfa_policy="always")
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert landed.status_code == 200
    assert "code=" not in str(landed.url)


# -- answers that nobody asked for ---------------------------------------------------

UNASKED = Answer(in_response_to=None, response_in_response_to=None)
WEB = IdpInitiated(
    client_id="web",
    query="redirect_uri=https://web.example.com/callback&scope=openid",
)


@pytest.mark.rule("SAML-unsolicited")
async def test_unasked_is_unheard_unless_the_connection_says_so(gate, visitor) -> None:
    landed = await post(visitor, idp.honest(UNASKED))
    assert landed.status_code == 400
    assert await person(gate) is None


async def test_an_unasked_answer_leads_to_the_app(gate, visitor) -> None:
    await connect(gate, idp_initiated=WEB)
    landed = await post(visitor, idp.honest(UNASKED))
    assert landed.status_code == 303, landed.text
    assert landed.headers["location"].startswith("https://web.example.com/callback?")
    assert "code=" in landed.headers["location"]
    assert not await kept(gate)
    again = await post(Visitor(gate), idp.honest(UNASKED))
    assert "code=" not in again.headers.get("location", "")


@pytest.mark.rule("SAML-unsolicited")
async def test_an_app_with_a_door_of_its_own_asks_itself(gate, visitor, phone) -> None:
    door = "https://app.example.com/sign-in"
    await gate.change_options("native", initiate_login_uri=door)
    await connect(gate, idp_initiated=IdpInitiated(client_id="native"))
    landed = await post(visitor, idp.honest(UNASKED))
    assert landed.headers["location"].startswith(f"{door}?iss=http")
    # The session is there: the app's own request is answered at once.
    assert "code" in phone.answer(await visitor.get(phone.authorize_url()))
    again = await post(Visitor(gate), idp.honest(UNASKED))
    assert again.status_code == 400


async def test_unasked_garbage_is_not_kept(gate, visitor) -> None:
    await connect(gate, idp_initiated=WEB)
    forged = idp.honest(UNASKED, by=idp.pair("eve"))
    for document in (forged, b"<a/>", idp.raw(idp.honest())):
        assert (await post(visitor, document)).status_code == 400
    assert not await kept(gate)
