"""Another OpenID provider vouches for people (contract 1.9)."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from gatelodge.connections.request import PROTOCOL
from gatelodge.model.reads import FindIdentity, FindPerson, TailLog
from gatelodge.model.writes import BlockUser
from tests.app.provider import new_key
from tests.protocol.gatehouse import Visitor, claims_of

from .conftest import at_provider, connect, sign_in

SUB = "oidc|partner|auth0|ada"
STRAIGHT = {"connection": "partner"}


async def person(gate, user_id: str = SUB):
    found = await gate.house.store.read(FindPerson(user_id=user_id))
    return found.user if found else None


def question(answer) -> dict[str, str]:
    """What the provider is asked."""
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def newest(gate) -> str:
    return (await gate.house.store.read(TailLog(limit=1)))[0].details["description"]


async def test_from_the_button_to_the_tokens(gate, visitor, phone, provider) -> None:
    provider.behave.claims = {"email_verified": True, "name": "Ada"}
    page = await visitor.get(phone.authorize_url())
    assert "Continue with Partner" in page.text
    href = re.search(r'href="(/u/upstream[^"]+)"', page.text)
    back = await at_provider(await visitor.get(unescape(href[1])))
    assert back.startswith("http://localhost:8421/login/callback/partner?")
    landed = await visitor.get(back)
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    said = claims_of(tokens["id_token"])
    assert (said["sub"], said["name"]) == (SUB, "Ada")
    assert (said["email"], said["email_verified"]) == ("ada@example.com", True)
    assert {"ss", "s"} <= set(await gate.log_types())


async def test_connection_leads_straight_there(gate, visitor, phone, provider) -> None:
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert "code" in phone.answer(landed)
    form = dict(provider.forms)["/oauth/token"]
    assert form["client_secret"] == "our secret there"
    # The session serves the next request: nobody is asked again.
    assert "code" in phone.answer(await visitor.get(phone.authorize_url(**STRAIGHT)))


async def test_the_question_carries_what_the_app_wishes(visitor, phone) -> None:
    url = phone.authorize_url(
        **STRAIGHT,
        login_hint="ada@example.com",
        prompt="login",
        connection_scope="calendar,mail",
        access_type="offline",
    )
    asked = (await visitor.get(url)).headers["location"]
    for part in (
        "login_hint=ada%40example.com",
        "prompt=login",
        "scope=openid+profile+email+calendar+mail",
        "access_type=offline",
        "code_challenge_method=S256",
    ):
        assert part in asked.replace("%20", "+")


async def test_an_alias_is_filled_by_the_app(gate, visitor, phone, provider) -> None:
    aliases = {"screen_name": "login_hint", "audience": "x_absent", "theme": "x_long"}
    params = {"audience": "fixed", "theme": "plain", "screen_name": "nobody"}
    await connect(gate, provider, params=params, aliases=aliases)
    url = phone.authorize_url(**STRAIGHT, login_hint="ada", x_long="a" * 2_001)
    asked = question(await visitor.get(url))
    assert asked["screen_name"] == "ada"
    assert (asked["audience"], asked["theme"]) == ("fixed", "plain")


@pytest.mark.parametrize("name", sorted(PROTOCOL))
async def test_no_alias_speaks_for_the_protocol(
    gate, visitor, phone, provider, name
) -> None:
    await connect(gate, provider, aliases={name: "x_theirs"})
    url = phone.authorize_url(**STRAIGHT, x_theirs="theirs")
    assert "theirs" not in question(await visitor.get(url)).values()


async def test_the_same_person_comes_back(gate, visitor, phone, provider) -> None:
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    first = await person(gate)
    gate.clock.turn(seconds=1)
    provider.behave.claims = {"name": "Ada Lovelace", "email": "ada@lovelace.example"}
    await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    again = await person(gate)
    assert again.name == "Ada Lovelace"
    assert (again.email, again.email_verified_at) == ("ada@lovelace.example", None)
    assert (again.created_at, again.logins) == (first.created_at, 2)


async def test_an_account_may_keep_what_the_first_sign_in_said(
    gate, visitor, phone, provider
) -> None:
    await connect(gate, provider, once=True)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    provider.behave.claims = {"name": "Somebody Else"}
    await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert (await person(gate)).name is None
    known = await gate.house.store.read(
        FindIdentity(connection_id="con_partner", external_id="auth0|ada")
    )
    assert known.identity.profile["name"] == "Somebody Else"


async def test_tokens_are_kept_sealed_where_wished(
    gate, visitor, phone, provider
) -> None:
    await connect(gate, provider, keep_tokens=True)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    known = await gate.house.store.read(
        FindIdentity(connection_id="con_partner", external_id="auth0|ada")
    )
    plain = gate.house.sealer.unseal(known.identity.sealed, purpose="upstream tokens")
    (token,) = provider.live
    assert token.encode() in plain
    assert token.encode() not in known.identity.sealed


async def test_an_address_links_nothing(gate, visitor, phone, provider) -> None:
    """An account of our own with the same address is another account."""
    own = await gate.user("ada@example.com")
    provider.behave.claims = {"email_verified": True}
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    assert claims_of(tokens["id_token"])["sub"] == SUB != own.user_id
    assert (await person(gate, own.user_id)).logins == 0


async def test_without_an_address_there_is_an_account_all_the_same(
    gate, visitor, phone, provider
) -> None:
    provider.behave.claims = {"email": None}
    for sub in ("one", "two"):
        provider.behave.claims |= {"sub": sub}
        browser = Visitor(gate)
        landed = await sign_in(browser, phone.authorize_url(**STRAIGHT))
        tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
        said = claims_of(tokens["id_token"])
        assert said["sub"] == f"oidc|partner|{sub}"
        assert "email" not in said
        assert said["name"]


@pytest.mark.rule("House-upstream-signup")
async def test_nobody_new_where_sign_up_is_disabled(
    gate, visitor, phone, provider
) -> None:
    await connect(gate, provider, disable_signup=True)
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert "no account here for you at Partner" in page.text
    assert await person(gate) is None


async def test_blocked_people_are_refused(gate, visitor, phone) -> None:
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    blocked = BlockUser(user_id=SUB, blocked_at=1, updated_at=1)
    assert await gate.house.store.commit((blocked,))
    landed = await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert phone.answer(landed)["error"] == "unauthorized"


async def test_a_rotated_key_is_asked_for(gate, visitor, phone, provider) -> None:
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    provider.key = new_key("key-2")
    provider.keys = [provider.key]
    gate.clock.turn(seconds=61)
    landed = await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert "code" in phone.answer(landed)
    assert provider.seen["/jwks"] == 2


async def test_a_no_leads_back_to_the_sign_in_page(visitor, phone, provider) -> None:
    provider.behave.authorize_error = ("access_denied", "the person went away")
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert page.status_code == 200
    assert "not signed in by Partner" in page.text
    assert "the person went away" not in page.text
    assert "Continue with Partner" in page.text


@pytest.mark.rule("OIDC-3.1.3.7")
@pytest.mark.rule("House-upstream-profile")
@pytest.mark.parametrize(
    ("claims", "because"),
    [
        ({"nonce": "another"}, "answers another request"),
        ({"nonce": None}, "no nonce"),
        ({"aud": "somebody"}, "another client"),
        ({"aud": ["timesheets-desktop", "x"]}, "does not say whose"),
        ({"azp": "x"}, "issued to another"),
        ({"iss": "https://evil.example.com/"}, "another issuer"),
        ({"exp": 1}, "it has ended"),
        ({"iat": 9_999_999_999}, "future"),
        ({"sub": None}, "names nobody"),
    ],
)
async def test_an_id_token_that_must_not_be_believed(
    gate, visitor, phone, provider, claims, because
) -> None:
    provider.behave.claims = claims
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert "could not confirm who you are" in page.text
    assert because in await newest(gate)
    assert await person(gate) is None


async def test_a_forged_id_token(gate, visitor, phone, provider) -> None:
    genuine, forger = provider.sign, new_key()
    provider.behave.signer = lambda claims: _signed_by(provider, forger, claims)
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert "could not confirm who you are" in page.text
    provider.behave.signer = genuine
    assert await person(gate) is None


def _signed_by(provider, key, claims) -> str:
    kept, provider.key = provider.key, key
    try:
        return provider.sign(claims)
    finally:
        provider.key = kept


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/oauth/token"])
@pytest.mark.parametrize("fault", [503, "drop", ("json", 200, ["no object"])])
async def test_a_party_that_is_away_or_odd(
    gate, visitor, phone, provider, path, fault
) -> None:
    provider.fault(path, fault)
    url = phone.authorize_url(**STRAIGHT)
    asked = await visitor.get(url)
    page = (
        asked
        if asked.status_code == 200
        else await visitor.get(await at_provider(asked))
    )
    assert page.status_code == 200
    assert re.search("does not answer|could not confirm", page.text)
    landed = await sign_in(visitor, url)  # the next try works
    assert "code" in phone.answer(landed)


@pytest.mark.rule("RFC9700-4.4.2")
async def test_mixed_up_answers_are_refused(gate, visitor, phone, provider) -> None:
    """RFC 9700 §4.4: an answer names its sender, and comes to its own callback."""
    url = phone.authorize_url(**STRAIGHT)
    back = await at_provider(await visitor.get(url))
    for wrong in (
        back.replace("iss=", "was="),
        re.sub("iss=[^&]+", "iss=https%3A%2F%2Fevil.example.com%2F", back),
        back.replace("/callback/partner", "/callback"),
        back.replace("/callback/partner", "/callback/other"),
    ):
        page = await visitor.get(wrong)
        assert "could not confirm who you are" in page.text
    assert provider.seen["/oauth/token"] == 0


@pytest.mark.rule("OIDC-Discovery-4.3")
async def test_a_document_speaks_for_its_own_issuer(visitor, phone, provider) -> None:
    provider.behave.metadata = {"issuer": "https://evil.example.com/"}
    page = await visitor.get(phone.authorize_url(**STRAIGHT))
    assert "could not confirm who you are" in page.text


@pytest.mark.rule("RFC6749-4.1.2.upstream")
async def test_an_answer_without_a_code(visitor, phone, provider) -> None:
    back = await at_provider(await visitor.get(phone.authorize_url(**STRAIGHT)))
    page = await visitor.get(re.sub("code=[^&]+", "code=", back))
    assert "could not confirm who you are" in page.text


@pytest.mark.rule("OIDC-5.3.2")
@pytest.mark.parametrize(("sub", "name"), [("auth0|ada", "Ada"), ("auth0|bob", None)])
async def test_userinfo_speaks_of_the_same_person(
    gate, visitor, phone, provider, sub, name
) -> None:
    provider.behave.metadata = {"userinfo_endpoint": f"{provider.base}/userinfo"}
    provider.fault("/userinfo", ("json", 200, {"sub": sub, "name": "Ada"}))
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    user = await person(gate)
    assert (user and user.name) == name


async def test_another_browser_cannot_finish(gate, visitor, phone, provider) -> None:
    """Login CSRF: the attacker's answer in the victim's browser."""
    back = await at_provider(await visitor.get(phone.authorize_url(**STRAIGHT)))
    victim = Visitor(gate)
    await victim.get(phone.authorize_url())
    page = await victim.get(back)
    assert page.status_code == 200
    assert "lost its place" in page.text
    assert "gatelodge" not in victim.client.cookies
    assert provider.seen["/oauth/token"] == 0


async def test_an_answer_counts_once(gate, visitor, phone, provider) -> None:
    back = await at_provider(await visitor.get(phone.authorize_url(**STRAIGHT)))
    assert "code" in phone.answer(await visitor.get(back))
    visitor.client.cookies.delete("gatelodge")
    page = await visitor.get(back)
    assert page.status_code == 200
    assert "could not confirm" in page.text  # the provider knows the code no more


@pytest.mark.parametrize("state", ["", "x", "x" * 32, "x" * 9_000])
async def test_an_answer_to_no_question_of_ours(visitor, state) -> None:
    page = await visitor.get(f"/login/callback/partner?code=c&state={state}")
    assert page.status_code == 400
    assert "start" in page.text.lower()


@pytest.mark.rule("House-upstream-secret")
async def test_a_secret_that_cannot_be_opened(gate, visitor, phone, provider) -> None:
    await connect(gate, provider, sealed_secret="AAAA")
    page = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert page.status_code == 200
    assert "could not confirm who you are" in page.text
    assert "not here" in await newest(gate)


async def test_too_late(gate, visitor, phone, provider) -> None:
    back = await at_provider(await visitor.get(phone.authorize_url(**STRAIGHT)))
    gate.clock.turn(seconds=3_601)
    page = await visitor.get(back)
    assert "lost its place" in page.text
    assert "Continue with Partner" in page.text


async def test_a_connection_that_is_not_for_this_app(
    gate, visitor, phone, provider
) -> None:
    await connect(gate, provider, enabled_clients=("web",))
    page = await visitor.get(phone.authorize_url())
    assert "Partner" not in page.text
    asked = await visitor.get(phone.authorize_url(**STRAIGHT))
    assert phone.answer(asked)["error"] == "invalid_request"


async def test_an_answer_as_a_form_is_asked_for_anew(visitor, phone) -> None:
    """A form from another site brings no cookies (Apple posts its answer)."""
    back = await at_provider(await visitor.get(phone.authorize_url(**STRAIGHT)))
    path, _, query = back.partition("?")
    posted = await visitor.client.post(
        path,
        content=query,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "sec-fetch-site": "cross-site",
        },
    )
    assert posted.status_code == 303
    assert "code" in phone.answer(await visitor.get(posted.headers["location"]))
