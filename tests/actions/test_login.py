"""Post-login: each power an action has, and what a denied login leaves behind."""

from __future__ import annotations

import pytest

from gatelodge.model.action import Action
from gatelodge.model.reads import ListSessions
from gatelodge.oauth.second_factor import ACR
from tests.protocol.gatehouse import API, Phone, Visitor, claims_of
from tests.protocol.test_mfa_pages import Token, policy, seed_on

from .conftest import account, line, register, sealed


@pytest.fixture
def say(write, gate):
    """A function of one action that does ``body``."""

    async def put(body: str, name: str = "10_one.py") -> None:
        lines = "\n".join(f"    {one}" for one in body.splitlines())
        write(name, f"def on_execute_post_login(event, api):\n{lines}\n")
        await gate.house.actions.refresh()

    return put


async def test_nothing_is_started_where_there_are_no_actions(gate, visitor, phone):
    await phone.tokens(visitor, "ada@example.com")
    assert gate.house.actions._functions._idle == []
    assert "actions" not in (await line(gate, "s")).details


@pytest.mark.rule("Auth0-custom-claims")
async def test_claims_reach_both_tokens_and_their_rules_hold(
    gate, visitor, phone, say
) -> None:
    await say(
        "claim = lambda n, v: (api.id_token.set_custom_claim(n, v),\n"
        "    api.access_token.set_custom_claim(n, v))\n"
        "claim('https://x/roles', event.authorization.roles)\n"
        "claim('plan', {'name': 'gold', 'seats': 3})\n"
        "claim('sub', 'somebody else')\n"
        "claim('permissions', ['all'])\n"
        "claim('phone_number', '+1')\n"
        "claim('nickname', 'the first')\n"
        "claim('nothing', None)"
    )
    tokens = await phone.tokens(visitor, "ada@example.com")
    for kind in ("id_token", "access_token"):
        claims = claims_of(tokens[kind])
        assert claims["https://x/roles"] == ["Reader"]
        assert claims["plan"] == {"name": "gold", "seats": 3}
        assert claims["sub"].startswith("auth0|")
        assert claims["nickname"] == "the first"
        assert {"phone_number", "nothing", "permissions"}.isdisjoint(claims)


async def test_claims_are_told_at_userinfo_too(gate, visitor, phone, say) -> None:
    await say(
        "api.id_token.set_custom_claim('https://x/a', 1)\n"
        "api.id_token.set_custom_claim('sub', 'x')\n"
        "if event.user.app_metadata.large:\n"
        "    api.id_token.set_custom_claim('https://x/b', 'x' * 5000)"
    )
    tokens = await phone.tokens(visitor, "ada@example.com", audience=None)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    told = (await phone.http.get("/userinfo", headers=headers)).json()
    assert told["https://x/a"] == 1
    assert told["sub"].startswith("auth0|")
    renewed = (await phone.renew(tokens["refresh_token"])).json()
    headers = {"authorization": f"Bearer {renewed['access_token']}"}
    assert (await phone.http.get("/userinfo", headers=headers)).json() == told


async def test_scopes_are_added_and_removed_after_all_other_rules(
    gate, visitor, phone, say
) -> None:
    await say(
        "api.access_token.add_scope('unheard:of')\n"
        "api.access_token.add_scope('write:x')\n"
        "api.access_token.remove_scope('read:x')\n"
        "api.access_token.remove_scope('write:x')"
    )
    tokens = await phone.tokens(visitor, "ada@example.com")
    assert tokens["scope"] == "openid profile email offline_access unheard:of"
    assert claims_of(tokens["access_token"])["scope"] == tokens["scope"]


async def test_no_action_gives_refresh_tokens_that_switches_forbid(
    gate, visitor, phone, say
) -> None:
    await say("api.access_token.add_scope('offline_access')")
    await gate.change_api_options(allow_offline_access=False)
    tokens = await phone.tokens(visitor, "ada@example.com", scope="openid")
    assert "refresh_token" not in tokens
    assert tokens["scope"] == "openid"


@pytest.mark.rule("Auth0-action-denied")
async def test_a_denied_login_changes_nothing(gate, visitor, phone, say) -> None:
    await say(
        "api.user.set_app_metadata('seen', True)\n"
        "api.access.deny('Only from nine to five')"
    )
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    answer = phone.answer(landed)
    assert answer["error"] == "access_denied"
    assert answer["error_description"] == "Only from nine to five"
    assert answer["state"] == "st&ate=1"
    assert "gatelodge" not in visitor.client.cookies
    told = await line(gate, "f")
    assert told.details["description"] == "Only from nine to five"
    assert [one["name"] for one in told.details["actions"]] == ["10_one.py"]
    ada = await account(gate, told.user_id)
    assert (ada.logins, ada.last_login_at, ada.app_metadata) == (0, None, {})
    assert await gate.house.store.read(ListSessions(user_id=ada.user_id)) == ()
    assert await line(gate, "s") is None


async def test_a_denial_holds_for_those_who_are_signed_in(
    gate, visitor, phone, say
) -> None:
    await phone.tokens(visitor, "ada@example.com")
    await say("api.access.deny('no')")
    landed = await visitor.get(phone.authorize_url())
    assert phone.answer(landed)["error"] == "access_denied"
    silent = await visitor.get(phone.authorize_url(prompt="none"))
    assert phone.answer(silent)["error"] == "access_denied"
    assert (await line(gate, "fsa")).details["description"] == "no"


async def test_actions_run_in_order_until_one_denies(gate, visitor, phone, say) -> None:
    await say("api.id_token.set_custom_claim('a', 'first')")
    await say("api.id_token.set_custom_claim('a', 'second')", "20_two.py")
    tokens = await phone.tokens(visitor, "ada@example.com")
    assert claims_of(tokens["id_token"])["a"] == "second"
    names = [one["name"] for one in (await line(gate, "s")).details["actions"]]
    assert names == ["10_one.py", "20_two.py"]
    await say("api.access.deny('first')")
    landed = await visitor.get(phone.authorize_url())
    assert phone.answer(landed)["error_description"] == "first"
    told = (await line(gate, "f")).details["actions"]
    assert [one["name"] for one in told] == ["10_one.py"]


@pytest.mark.rule("House-action-failed")
@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError(event.secrets.KEY)",
        "import os; os._exit(1)",
        "while True: pass",
        "api._api.say('access.allow')",
        "api._api.say('access.deny')",
        "api.access_token.add_scope('two words')",
        "api.user.set_app_metadata('email', 'x')",
        "api.id_token.set_custom_claim('a', 'x' * 120_000)",
        "api.redirect.send_user_to('javascript:alert(1)')",
    ],
)
async def test_an_action_that_fails_does_what_is_configured(
    gate, visitor, phone, say, body
) -> None:
    await say(f"api.id_token.set_custom_claim('half', 1)\n{body}")
    limits = {"name": "10_one.py", "time_limit": 2}
    secrets = {"KEY": sealed(gate, "the action's own secret")}
    await register(gate, Action(**limits, secrets=secrets))
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    answer = phone.answer(landed)
    assert answer["error"] == "access_denied"
    assert answer["error_description"] == "The request could not be completed."
    assert "gatelodge" not in visitor.client.cookies
    failed = await line(gate, "actions_execution_failed")
    assert failed.details["description"] == "10_one.py"
    assert failed.details["actions"][0]["error"]
    assert "own secret" not in repr(failed)

    await register(gate, Action(**limits, secrets=secrets, on_failure="continue"))
    tokens = await phone.tokens(visitor, "ada@example.com")
    assert "half" not in claims_of(tokens["id_token"])
    told = (await line(gate, "s")).details["actions"]
    assert "error" in told[0]


async def test_metadata_is_merged_and_told_in_the_same_commit(
    gate, visitor, phone, say
) -> None:
    await gate.user(
        "eve@example.com", user_metadata={"a": 1, "b": 2}, app_metadata={"n": 0}
    )
    await say(
        "api.user.set_user_metadata('a', None)\n"
        "api.user.set_user_metadata('c', 3)\n"
        "api.user.set_app_metadata('n', event.stats.logins_count)"
    )
    tokens = await phone.tokens(visitor, "eve@example.com")
    eve = await account(gate, claims_of(tokens["id_token"])["sub"])
    assert (eve.user_metadata, eve.app_metadata) == ({"b": 2, "c": 3}, {"n": 1})
    assert eve.logins == 1
    gate.clock.turn(seconds=5)
    await visitor.get(phone.authorize_url())
    again = await account(gate, eve.user_id)
    assert again.updated_at == eve.updated_at


async def test_what_an_action_is_told(gate, visitor, phone, say) -> None:
    await say("api.id_token.set_custom_claim('event', event)")
    await register(gate, Action(name="10_one.py", secrets={"K": sealed(gate)}))
    url = phone.authorize_url(login_hint="ada@example.com", acr_values="a b")
    landed = await visitor.sign_in(url, "ada@example.com")
    answer = (await phone.exchange(phone.answer(landed)["code"])).json()
    event = claims_of(answer["id_token"])["event"]
    assert event["transaction"]["protocol"] == "oidc-basic-profile"
    assert "read:x" in event["transaction"]["requested_scopes"]
    assert event["transaction"]["acr_values"] == ["a", "b"]
    assert event["client"]["client_id"] == "native"
    assert event["connection"]["strategy"] == "auth0"
    assert event["resource_server"] == {"identifier": API}
    assert event["request"]["ip"] == "192.0.2.7"
    assert event["request"]["hostname"] == "localhost"
    assert event["request"]["query"]["login_hint"] == "ada@example.com"
    assert "code_challenge" not in event["request"]["query"]
    assert event["authentication"]["methods"][0]["name"] == "pwd"
    assert event["authorization"] == {"roles": ["Reader"]}
    assert event["user"]["email"] == "ada@example.com"
    assert event["stats"] == {"logins_count": 1}
    assert event["session"]["id"]
    assert "correct Horse" not in repr(event)


@pytest.mark.rule("Auth0-mfa")
async def test_a_second_factor_is_demanded_and_actions_are_asked_once(
    gate, visitor, phone, say
) -> None:
    await policy(gate, "enrolled")
    await say(
        "api.multifactor.enable('any')\n"
        "said = [one.name for one in event.authentication.methods]\n"
        "api.id_token.set_custom_claim('before', said)\n"
        "api.user.set_app_metadata('asked', (event.user.app_metadata.asked or 0) + 1)"
    )
    page = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    user_id = (await line(gate, "s")).user_id
    assert (await account(gate, user_id)).app_metadata == {}
    shown = await visitor.send(page, code=Token(gate, seed_on(page)).code())
    landed = await visitor.send(shown)
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    claims = claims_of(tokens["id_token"])
    assert (claims["before"], "mfa" in claims["amr"]) == (["pwd"], True)
    assert (await account(gate, user_id)).app_metadata == {"asked": 1}
    # A session that shows two factors is not asked for them again.
    again = phone.answer(await visitor.get(phone.authorize_url()))
    assert "code" in again


@pytest.mark.rule("Auth0-mfa")
async def test_no_second_factor_in_silence_and_none_by_another_way_in(
    gate, visitor, phone, say
) -> None:
    await say("api.multifactor.enable('any')")
    page = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    assert "/u/mfa" in str(page.url)
    silent = await visitor.get(phone.authorize_url(prompt="none"))
    assert phone.answer(silent)["error"] == "interaction_required"
    for url in (phone.authorize_url(), str(page.url)):
        assert "/u/mfa" in str((await visitor.get(url)).url)


async def test_a_remembered_browser_counts_where_the_action_says_so(
    gate, visitor, phone, say
) -> None:
    await policy(gate, "enrolled")
    page = await visitor.sign_in(phone.authorize_url(acr_values=ACR), "ada@example.com")
    token = Token(gate, seed_on(page))
    await visitor.send(await visitor.send(page, code=token.code()))
    visitor.client.cookies.delete("gatelodge")
    asked = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    landed = await visitor.send(asked, code=token.code(1), remember="1")
    assert "code" in phone.answer(landed)
    visitor.client.cookies.delete("gatelodge")
    await say("api.multifactor.enable('any', allow_remember_browser=True)")
    url = phone.authorize_url(prompt="login")
    landed = await visitor.sign_in(url, "ada@example.com")
    assert "code" in phone.answer(landed)
    await say("api.multifactor.enable('any', allow_remember_browser=False)")
    landed = await visitor.sign_in(url, "ada@example.com")
    assert "/u/mfa" in str(landed.url)


async def test_a_blocked_person_reaches_no_action(gate, visitor, phone, say) -> None:
    await gate.user("bob@example.com", blocked_at=1)
    await say("raise ValueError")
    landed = await visitor.sign_in(phone.authorize_url(), "bob@example.com")
    assert phone.answer(landed)["error"] == "unauthorized"
    assert await line(gate, "actions_execution_failed") is None


async def test_a_wrong_password_reaches_no_action(gate, visitor, phone, say) -> None:
    await say("raise ValueError")
    await visitor.sign_in(phone.authorize_url(), "ada@example.com", "wrong")
    assert await line(gate, "actions_execution_failed") is None


async def test_consent_comes_first_and_its_line_names_the_actions(
    gate, visitor, say
) -> None:
    await say("api.id_token.set_custom_claim('a', 1)")
    third = Phone(gate, "third", "https://web.example.com/callback")
    page = await visitor.sign_in(third.authorize_url(), "ada@example.com")
    assert "actions" not in (await line(gate, "s")).details
    landed = await visitor.send(page, decision="accept")
    assert "code" in third.answer(landed)
    assert (await line(gate, "consent")).details["actions"]


async def test_who_is_denied_for_another_reason_has_tried_no_wrong_password(
    gate, phone, say
) -> None:
    shields = {"brute_force": {"max_attempts": 2}}
    await gate.settings(attack_protection=shields)
    await say("api.access.deny('not now')")
    for _ in range(4):
        visitor = Visitor(gate)
        landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
        assert phone.answer(landed)["error"] == "access_denied"
