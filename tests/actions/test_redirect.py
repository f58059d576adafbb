"""An action sends the person elsewhere; they come back to ``/continue``."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.protocol.gatehouse import Phone, Visitor, claims_of

from .conftest import account, line, register, webhook

BACK = "http://localhost:8421/continue"
TERMS = """
def on_execute_post_login(event, api):
    if not event.user.app_metadata.terms:
        token = api.redirect.encode_token(secret="shared", payload={"page": "terms"})
        api.id_token.set_custom_claim("before", True)
        api.redirect.send_user_to("https://terms.example.com/?a=1",
                                  query={"session_token": token})

def on_continue_post_login(event, api):
    if event.request.query.accepted != "yes":
        return api.access.deny("The terms were not accepted")
    api.user.set_app_metadata("terms", event.request.query.accepted)
"""
LATER = """
def on_execute_post_login(event, api):
    api.id_token.set_custom_claim("later", event.transaction.protocol)
"""


@pytest.fixture
async def away(gate, write, visitor, phone):
    """Ada has signed in and stands at the terms; their address."""
    write("10_terms.py", TERMS)
    write("20_later.py", LATER)
    await gate.house.actions.refresh()
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    assert landed.status_code == 303
    return urlsplit(landed.headers["location"])


def state_of(away) -> str:
    return parse_qs(away.query)["state"][0]


async def test_there_and_back(gate, visitor, phone, away) -> None:
    assert away.netloc == "terms.example.com"
    assert {"a", "state", "session_token"} == set(parse_qs(away.query))
    landed = await visitor.get(f"{BACK}?state={state_of(away)}&accepted=yes")
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    claims = claims_of(tokens["id_token"])
    assert claims["before"] is True
    assert claims["later"] == "oidc-basic-profile"
    ada = await account(gate, claims["sub"])
    assert ada.app_metadata == {"terms": "yes"}
    told = (await line(gate, "ssa")).details["actions"]
    names = ["10_terms.py", "10_terms.py", "20_later.py"]
    assert [one["name"] for one in told] == names


async def test_the_answer_may_come_as_a_form_of_another_site(
    visitor, phone, away
) -> None:
    url = f"{BACK}?state={state_of(away)}"
    sent = await visitor.client.post(
        url, data={"accepted": "yes"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert sent.status_code == 303
    landed = await visitor.get(sent.headers["location"])
    assert "code" in phone.answer(landed)


async def test_a_no_on_the_way_back(gate, visitor, phone, away) -> None:
    landed = await visitor.get(f"{BACK}?state={state_of(away)}")
    answer = phone.answer(landed)
    assert answer["error_description"] == "The terms were not accepted"
    again = await visitor.get(phone.authorize_url())
    assert urlsplit(again.headers["location"]).netloc == "terms.example.com"


async def test_another_browser_gets_nothing_of_it(gate, phone, away) -> None:
    url = f"{BACK}?state={state_of(away)}&accepted=yes"
    page = await Visitor(gate).get(url)
    assert page.status_code == 200
    assert "location" not in page.headers
    assert "lost its place" in page.text


async def test_a_second_time_begins_afresh(gate, visitor, phone, away) -> None:
    url = f"{BACK}?state={state_of(away)}&accepted=yes"
    first = phone.answer(await visitor.get(url))
    second = phone.answer(await visitor.get(url))
    assert "code" in first
    assert first["code"] != second.get("code")
    assert (await phone.exchange(first["code"])).status_code == 200


async def test_too_late(gate, visitor, phone, away) -> None:
    gate.clock.turn(seconds=3601)
    landed = await visitor.get(f"{BACK}?state={state_of(away)}&accepted=yes")
    assert urlsplit(landed.headers["location"]).netloc == "terms.example.com"


@pytest.mark.parametrize("state", ["", "x", "a" * 5000, "%00"])
async def test_a_state_that_is_none(visitor, away, state) -> None:
    page = await visitor.get(f"{BACK}?state={state}")
    assert page.status_code == 400


async def test_a_session_that_has_ended_meanwhile(gate, visitor, phone, away) -> None:
    visitor.client.cookies.delete("gatelodge")
    page = await visitor.get(f"{BACK}?state={state_of(away)}&accepted=yes")
    assert 'name="password"' in page.text


async def test_nobody_is_sent_away_in_silence(gate, visitor, phone, away) -> None:
    silent = await visitor.get(phone.authorize_url(prompt="none"))
    assert phone.answer(silent)["error"] == "interaction_required"


async def test_somebody_elses_return(gate, visitor, phone, away) -> None:
    """What was said about Ada is not believed of Bob at the same browser."""
    await gate.user("bob@example.com", app_metadata={"terms": "yes"})
    other = Phone(gate, redirect_uri="com.example.app:/callback")
    await visitor.sign_in(other.authorize_url(prompt="login"), "bob@example.com")
    landed = await visitor.get(f"{BACK}?state={state_of(away)}&accepted=yes")
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    assert "before" not in claims_of(tokens["id_token"])


async def test_a_webhook_sends_away_too(gate, visitor, phone, receiver) -> None:
    await register(gate, webhook(gate, receiver.url))
    command = {"command": "redirect.sendUserTo", "url": "https://terms.example.com/"}
    receiver.answer = {"commands": [command]}
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    state = state_of(urlsplit(landed.headers["location"]))
    receiver.answer = {
        "commands": [
            {"command": "idToken.setCustomClaim", "name": "back", "value": True}
        ]
    }
    landed = await visitor.get(f"{BACK}?state={state}&x=1")
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    assert claims_of(tokens["id_token"])["back"] is True
    asked = [one["function"] for one in receiver.events]
    assert asked == ["on_execute_post_login", "on_continue_post_login"]
    assert receiver.events[1]["event"]["request"]["query"]["x"] == "1"
