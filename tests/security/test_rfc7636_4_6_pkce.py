"""The proof key cannot be stripped, weakened or left out (RFC 7636, RFC 9700 §4.8)."""

from __future__ import annotations

import pytest

from tests.protocol.gatehouse import WEB_SECRET, Phone

WEB = "https://web.example.com/callback"


@pytest.fixture
def web(gate) -> Phone:
    return Phone(gate, "web", WEB, WEB_SECRET)


WEAKER = [
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge": None},
    {"code_challenge": ""},
    {"code_challenge_method": None},
    {"code_challenge_method": "plain"},
    {"code_challenge_method": "s256"},
    {"code_challenge_method": "S256 "},
    {"code_challenge_method": "S512"},
    {"code_challenge": "A" * 42},
    {"code_challenge": "A" * 44},
    {"code_challenge": "A" * 42 + "="},
    {"code_challenge": "A" * 42 + "\u00e9"},
]


async def test_a_public_client_cannot_do_without(ada, visitor, phone) -> None:
    for change in WEAKER:
        landed = await visitor.get(phone.authorize_url(**change))
        assert phone.answer(landed)["error"] == "invalid_request"


async def test_a_confidential_client_cannot_weaken_it_either(ada, visitor, web) -> None:
    for change in ({"code_challenge_method": "plain"}, {"code_challenge": None}):
        landed = await visitor.get(web.authorize_url(**change))
        assert web.answer(landed)["error"] == "invalid_request"


async def test_the_verifier_cannot_be_left_out(ada, visitor, web) -> None:
    """A stolen code and the secret are not enough once a challenge was sent."""
    code = web.answer(await visitor.sign_in(web.authorize_url(), ada))["code"]
    for verifier in ("", "short", "v" * 129, "v" * 42 + "\u00e9", "v" * 42 + " "):
        answer = await web.exchange(code, code_verifier=verifier)
        assert answer.json()["error"] == "invalid_request"
    assert (await web.exchange(code)).status_code == 200


async def test_a_verifier_without_a_challenge_is_refused(ada, visitor, web) -> None:
    """Somebody stripped the challenge from the request (RFC 9700 §4.8.2)."""
    url = web.authorize_url(code_challenge=None, code_challenge_method=None)
    code = web.answer(await visitor.sign_in(url, ada))["code"]
    assert (await web.exchange(code)).json()["error"] == "invalid_grant"
    assert (await web.exchange(code, code_verifier="")).status_code == 200


async def test_the_challenge_is_not_the_verifier(ada, visitor, phone) -> None:
    """As ``plain`` would have it."""
    phone.verifier = "A" * 43
    challenge = "B" * 43
    landed = await visitor.sign_in(phone.authorize_url(code_challenge=challenge), ada)
    code = phone.answer(landed)["code"]
    answer = await phone.exchange(code, code_verifier=challenge)
    assert answer.json()["error"] == "invalid_grant"


async def test_an_injected_code_does_not_fit_the_victims_verifier(
    gate, ada, visitor, phone
) -> None:
    """Code injection (RFC 9700 §4.5): the thief's code in the victim's app."""
    thief = Phone(gate)
    thief.verifier = "t" * 43
    stolen = phone.answer(await visitor.sign_in(phone.authorize_url(), ada))["code"]
    injected = await thief.exchange(stolen)
    assert injected.json()["error_description"] == "Failed to verify code verifier"
