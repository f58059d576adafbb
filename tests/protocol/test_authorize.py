"""``/authorize``: the outcome matrix of contract 3.3, line by line."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from gatelodge.model.client import ClientOptions
from gatelodge.model.reads import FindByEmail, ListConsents, TailLog
from gatelodge.model.writes import EndUserSessions

from .gatehouse import (
    API,
    ISSUER,
    WEB_SECRET,
    Gatehouse,
    Phone,
    claims_of,
)


@pytest.fixture
async def ada(gate: Gatehouse) -> str:
    await gate.user("ada@example.com", role="rol_reader")
    return "ada@example.com"


async def test_no_session_leads_to_the_login_page(visitor, phone) -> None:
    answer = await visitor.client.get(phone.authorize_url())
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/u/login?state=")


async def test_no_session_asks_the_database_nothing(gate, visitor, phone) -> None:
    class Silent:
        async def commit(self, writes):
            assert not writes
            return True

        async def read(self, question):
            raise AssertionError(question)

    store, gate.house.store = gate.house.store, Silent()
    answer = await visitor.client.get(phone.authorize_url())
    gate.house.store = store
    assert answer.status_code == 303


async def test_a_live_session_answers_at_once(gate, visitor, phone, ada) -> None:
    await phone.tokens(visitor, ada)
    gate.clock.turn(seconds=5)
    again = await visitor.get(phone.authorize_url(state="s2"))
    assert phone.answer(again)["state"] == "s2"
    assert "ssa" in await gate.log_types()


async def test_prompt_none_without_session(gate, visitor, phone) -> None:
    answer = phone.answer(await visitor.get(phone.authorize_url(prompt="none")))
    assert answer["error"] == "login_required"
    assert answer["iss"] == ISSUER
    assert await gate.log_types() == ["fsa"]


async def test_prompt_none_with_session(visitor, phone, ada) -> None:
    await phone.tokens(visitor, ada)
    assert "code" in phone.answer(await visitor.get(phone.authorize_url(prompt="none")))


async def test_prompt_none_when_consent_is_missing(gate, visitor, ada) -> None:
    third = Phone(gate, "third", "https://web.example.com/callback", WEB_SECRET)
    await Phone(gate).tokens(visitor, ada)
    answer = third.answer(await visitor.get(third.authorize_url(prompt="none")))
    assert answer["error"] == "consent_required"


async def test_prompt_none_when_confirmation_is_needed(
    gate, visitor, phone, ada
) -> None:
    await phone.tokens(visitor, ada)
    await gate.change_options("native", skip_confirmation=False)
    answer = phone.answer(await visitor.get(phone.authorize_url(prompt="none")))
    assert answer["error"] == "interaction_required"


async def test_prompt_login_asks_again_and_moves_auth_time(
    gate, visitor, phone, ada
) -> None:
    await phone.tokens(visitor, ada)
    gate.clock.turn(seconds=60)
    page = await visitor.get(phone.authorize_url(prompt="login"))
    assert page.url.path == "/u/login"
    tokens = await phone.tokens(visitor, ada, prompt="login")
    assert claims_of(tokens["id_token"])["auth_time"] == gate.clock.at // 1000


async def test_max_age_exceeded_asks_again(gate, visitor, phone, ada) -> None:
    await phone.tokens(visitor, ada)
    gate.clock.turn(seconds=61)
    assert (await visitor.get(phone.authorize_url(max_age="60"))).url.path == "/u/login"
    within = await visitor.get(phone.authorize_url(max_age="3600"))
    code = phone.answer(within)["code"]
    tokens = (await phone.exchange(code)).json()
    assert claims_of(tokens["id_token"])["auth_time"] == gate.clock.at // 1000 - 61


async def test_max_age_zero_ends_after_one_sign_in(visitor, phone, ada) -> None:
    assert (await phone.tokens(visitor, ada, max_age="0"))["id_token"]


async def test_screen_hint_signup(visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    assert page.url.path == "/u/signup"
    await phone.tokens(visitor, ada)
    silent = await visitor.get(phone.authorize_url(screen_hint="signup"))
    assert "code" in phone.answer(silent)
    forced = await visitor.get(
        phone.authorize_url(screen_hint="signup", prompt="login")
    )
    assert forced.url.path == "/u/signup"


async def test_select_account(visitor, phone, ada) -> None:
    await phone.tokens(visitor, ada)
    page = await visitor.get(phone.authorize_url(prompt="select_account"))
    assert page.url.path == "/u/select-account"
    chosen = await visitor.send(page, decision="continue")
    assert "code" in phone.answer(chosen)
    other = await visitor.send(page, decision="another")
    assert other.url.path == "/u/login"


async def test_unknown_client_is_told_to_the_person_only(visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(client_id="nobody"))
    assert page.status_code == 400
    assert "location" not in page.headers
    assert "We do not know this app" in page.text


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example.com/callback",
        "http://127.0.0.1:51234/callback/../evil",
        "http://127.0.0.1:51234/callback?x=1",
        "http://localhost:51234/callback",
        "http://127.0.0.1.evil.example.com/callback",
        "http://user@127.0.0.1/callback",
        "com.example.app:/other",
        "javascript:alert(1)",
        "//127.0.0.1/callback",
    ],
)
async def test_an_unregistered_redirect_uri_never_gets_a_redirect(
    visitor, phone, uri
) -> None:
    page = await visitor.client.get(phone.authorize_url(redirect_uri=uri))
    assert page.status_code == 400
    assert "location" not in page.headers


@pytest.mark.parametrize("port", [1024, 51234, 65535])
async def test_loopback_matches_on_any_port(visitor, phone, port) -> None:
    uri = f"http://127.0.0.1:{port}/callback"
    answer = await visitor.client.get(phone.authorize_url(redirect_uri=uri))
    assert answer.status_code == 303


async def test_redirect_uri_may_be_omitted_when_one_is_registered(
    gate, visitor, ada
) -> None:
    web = Phone(gate, "web", "https://web.example.com/callback", WEB_SECRET)
    landed = await visitor.sign_in(web.authorize_url(redirect_uri=None), ada)
    answer = await web.post(
        "/oauth/token",
        grant_type="authorization_code",
        code=web.answer(landed)["code"],
        code_verifier=web.verifier,
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"response_type": None}, "invalid_request", "response_type"),
        ({"response_type": "token"}, "unsupported_response_type", "token"),
        ({"response_mode": "web_message"}, "invalid_request", "response mode"),
        ({"code_challenge": None}, "invalid_request", "code_challenge"),
        ({"code_challenge_method": "plain"}, "invalid_request", "S256"),
        ({"code_challenge_method": None}, "invalid_request", "S256"),
        ({"code_challenge": "short"}, "invalid_request", "43"),
        (
            {"audience": "https://no/"},
            "access_denied",
            "Service not found: https://no/",
        ),
        ({"prompt": "none login"}, "invalid_request", "none"),
        ({"prompt": "dance"}, "invalid_request", "prompt"),
        ({"max_age": "-1"}, "invalid_request", "max_age"),
        ({"claims": "[]"}, "invalid_request", "claims"),
        ({"scope": 'a"b'}, "invalid_scope", "scope"),
        ({"connection": "nope"}, "invalid_request", "connection"),
        ({"request": "x.y.z"}, "request_not_supported", "request"),
        ({"request_uri": "https://x/"}, "request_uri_not_supported", "request_uri"),
        ({"id_token_hint": "a.b.c"}, "invalid_request", "id_token_hint"),
    ],
)
async def test_errors_travel_with_state_and_iss(
    visitor, phone, changes, error, text
) -> None:
    answer = phone.answer(await visitor.get(phone.authorize_url(**changes)))
    assert answer["error"] == error
    assert text in answer["error_description"]
    assert (answer["state"], answer["iss"]) == ("st&ate=1", ISSUER)


async def test_a_parameter_sent_twice(visitor, phone) -> None:
    twice = phone.authorize_url() + "&scope=openid"
    assert phone.answer(await visitor.get(twice))["error"] == "invalid_request"
    page = await visitor.get(phone.authorize_url() + "&client_id=native")
    assert page.status_code == 400


async def test_unknown_parameters_are_ignored(visitor, phone) -> None:
    extra = {"auth0Client": "e30", "ext-foo": "1", "responseType": "x", "display": "z"}
    answer = await visitor.client.get(phone.authorize_url(**extra))
    assert answer.headers["location"].startswith("/u/login")


async def test_state_and_nonce_are_not_required(visitor, phone, ada) -> None:
    landed = await visitor.sign_in(phone.authorize_url(state=None, nonce=None), ada)
    assert set(phone.answer(landed)) == {"code", "iss"}


async def test_response_mode_fragment(visitor, phone, ada) -> None:
    landed = await visitor.sign_in(phone.authorize_url(response_mode="fragment"), ada)
    parts = urlsplit(landed.headers["location"])
    assert parts.query == ""
    assert "code" in dict(parse_qsl(parts.fragment))


async def test_response_mode_form_post(visitor, phone, ada) -> None:
    page = await visitor.sign_in(phone.authorize_url(response_mode="form_post"), ada)
    assert page.status_code == 200
    assert 'name="code"' in page.text
    assert "script-src 'sha256-" in page.headers["content-security-policy"]


async def test_custom_scheme_keeps_its_spelling(visitor, phone, ada) -> None:
    url = phone.authorize_url(redirect_uri="com.example.app:/callback")
    landed = await visitor.sign_in(url, ada)
    assert landed.status_code == 303
    assert landed.headers["location"].startswith("com.example.app:/callback?code=")


@pytest.mark.parametrize("prompt", [None, "login", "consent", "select_account"])
async def test_blocked_person(gate, visitor, phone, prompt) -> None:
    eve = await gate.user("eve@example.com", blocked_at=1)
    url = phone.authorize_url(prompt=prompt)
    answer = phone.answer(await visitor.sign_in(url, "eve@example.com"))
    assert answer["error"] == "unauthorized"
    assert answer["error_description"] == "user is blocked"
    (line,) = await gate.house.store.read(TailLog())
    assert (line.type, line.user_id) == ("f", eve.user_id)


async def test_confirmation_once_for_a_live_session(gate, visitor, phone, ada) -> None:
    await gate.change_options("native", skip_confirmation=None)
    await phone.tokens(visitor, ada)  # a person acted: no confirmation
    page = await visitor.get(phone.authorize_url())
    assert page.url.path == "/u/confirm"
    assert "127.0.0.1:51234" in page.text
    assert "code" in phone.answer(await visitor.send(page, decision="continue"))
    page = await visitor.get(phone.authorize_url())
    refused = phone.answer(await visitor.send(page, decision="cancel"))
    assert refused["error"] == "access_denied"


async def test_claimed_https_needs_no_confirmation(gate, visitor, ada) -> None:
    spa = Phone(gate, "spa", "https://spa.example.com/")
    await spa.tokens(visitor, ada)
    assert "code" in spa.answer(await visitor.get(spa.authorize_url()))


async def test_hint_of_another_person_asks_to_sign_in(
    gate, visitor, phone, ada
) -> None:
    await gate.user("bob@example.com")
    tokens = await phone.tokens(visitor, ada)
    await phone.tokens(visitor, "bob@example.com", prompt="login")
    hint = tokens["id_token"]
    page = await visitor.get(phone.authorize_url(id_token_hint=hint))
    assert page.url.path == "/u/login"
    silent = await visitor.get(phone.authorize_url(id_token_hint=hint, prompt="none"))
    assert phone.answer(silent)["error"] == "login_required"


async def test_default_audience(gate, visitor, phone, ada) -> None:
    await gate.settings(default_audience=API)
    tokens = await phone.tokens(visitor, ada, audience=None)
    assert claims_of(tokens["access_token"])["aud"][0] == API


async def test_no_audience_gives_an_opaque_token(visitor, phone, ada) -> None:
    tokens = await phone.tokens(visitor, ada, audience=None)
    assert tokens["access_token"].startswith("at_")
    info = await phone.http.get(
        "/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert info.json()["email"] == ada


async def test_client_without_the_grant(gate, visitor, phone) -> None:
    await gate.change_client("native", grant_types=("refresh_token",))
    answer = phone.answer(await visitor.get(phone.authorize_url()))
    assert answer["error"] == "unauthorized_client"


async def test_consent_is_asked_once_and_for_what_is_new(gate, visitor, ada) -> None:
    third = Phone(gate, "third", "https://web.example.com/callback", WEB_SECRET)
    url = third.authorize_url(scope="openid read:x")
    page = await visitor.sign_in(url, ada)
    assert page.url.path == "/u/consent"
    assert "Read x" in page.text
    assert "code" in third.answer(await visitor.send(page, decision="accept"))
    assert "code" in third.answer(await visitor.get(url))
    more = await visitor.get(third.authorize_url(scope="openid read:x write:x"))
    assert "Write x" in more.text
    assert "Read x" not in more.text
    refused = third.answer(await visitor.send(more, decision="deny"))
    assert refused["error"] == "access_denied"


async def test_consent_is_not_given_in_a_session_that_has_ended(
    gate, visitor, ada
) -> None:
    third = Phone(gate, "third", "https://web.example.com/callback", WEB_SECRET)
    page = await visitor.sign_in(third.authorize_url(), ada)
    (person,) = await gate.house.store.read(FindByEmail(email_key=ada))
    user_id = person.user.user_id
    assert await gate.house.store.commit((EndUserSessions(user_id=user_id, at=1),))
    again = await visitor.send(page, decision="accept")
    assert again.url.path == "/u/login"
    assert await gate.house.store.read(ListConsents(user_id=user_id)) == ()
    assert "consent" not in await gate.log_types()


async def test_prompt_consent_always_asks(gate, visitor, phone, ada) -> None:
    page = await visitor.sign_in(phone.authorize_url(prompt="consent"), ada)
    assert page.url.path == "/u/consent"
    assert "code" in phone.answer(await visitor.send(page, decision="accept"))


async def test_rbac_shrinks_scope_and_shows_permissions(
    gate, visitor, phone, ada
) -> None:
    await gate.change_api_options(enforce_policies=True, dialect="access_token_authz")
    tokens = await phone.tokens(visitor, ada, scope="openid write:x")
    assert tokens["scope"] == "openid"
    access = claims_of(tokens["access_token"])
    assert access["permissions"] == ["read:x"]


async def test_post_is_accepted(gate, visitor, phone) -> None:
    body = phone.authorize_url().partition("?")[2]
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await visitor.client.post("/authorize", content=body, headers=headers)
    assert answer.status_code == 303


async def test_an_oversized_request_goes_back_as_an_error(visitor, phone) -> None:
    landed = await visitor.get(phone.authorize_url(login_hint="x" * 5000))
    answer = phone.answer(landed)
    assert (answer["error"], answer["state"]) == ("invalid_request", "st&ate=1")


def test_first_party_is_the_default() -> None:
    assert ClientOptions().first_party
