"""A Gatelodge signs people in at another one, by SAML."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest
from lxml import etree

from gatelodge.connections.saml import binding, decryption, signature
from gatelodge.connections.saml.document import parse
from gatelodge.model.reads import ListSessions
from gatelodge.model.writes import BlockUser, PutClient
from tests.protocol.gatehouse import Phone, claims_of, form_of

from .two_houses import APP, CONSUMER, PROVIDER, Between, app, running, two_houses

STRAIGHT = {"connection": "provider"}
ADA = "ada@example.com"


@pytest.fixture
async def houses():
    async with two_houses() as both:
        await both[1].user(ADA, name="Ada", given_name="Ada")
        yield both


@pytest.fixture
def between(houses):
    return Between(*houses)


@pytest.fixture
def phone(houses):
    return Phone(houses[0])


async def inside(between, phone, **wishes):
    """The page that carries the answer back."""
    url = phone.authorize_url(**STRAIGHT, **wishes)
    page = await between.ask(await between.at_house.get(url))
    return await between.at_provider.send(
        page, username=ADA, password="correct Horse 7 battery"
    )


def said_by(page) -> etree._Element:
    return parse(binding.from_form(form_of(page.text).fields["SAMLResponse"]))


async def test_from_house_to_house(houses, between, phone) -> None:
    landed = await between.tell(await inside(between, phone))
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    said = claims_of(tokens["id_token"])
    assert said["sub"].startswith("samlp|provider|auth0|")
    assert (said["email"], said["name"]) == (ADA, "Ada")


@pytest.mark.parametrize("changes", [{"sign_response": True}, {"lifetime": 60}])
async def test_signed_either_way(changes) -> None:
    async with two_houses(**changes) as both:
        await both[1].user(ADA)
        between, phone = Between(*both), Phone(both[0])
        landed = await between.tell(await inside(between, phone))
        assert "code" in phone.answer(landed)


@pytest.mark.parametrize("response", [False, True])
@pytest.mark.parametrize("method", ["aes256-gcm", "aes128-gcm", "aes256-cbc"])
async def test_encrypted_for_the_app_alone(method, response) -> None:
    how = {"encryption": method, "sign_response": response}
    async with two_houses(encrypted=True, **how) as both:
        await both[1].user(ADA, given_name="Augusta")
        between, phone = Between(*both), Phone(both[0])
        page = await inside(between, phone)
        (data,) = said_by(page).iter("{*}EncryptedData")
        assert data[0].get("Algorithm").endswith(f"#{method}")
        plain = etree.tostring(said_by(page)).decode()
        assert "Augusta" not in plain
        assert ADA not in plain
        tokens = await phone.exchange(phone.answer(await between.tell(page))["code"])
        assert claims_of(tokens.json()["id_token"])["given_name"] == "Augusta"


async def test_each_answer_is_encrypted_anew() -> None:
    async with two_houses(encrypted=True) as both:
        await both[1].user(ADA)
        seen = []
        for _ in range(2):
            page = await inside(Between(*both), Phone(both[0]))
            seen.append([one.text for one in said_by(page).iter("{*}CipherValue")])
        assert len({*seen[0], *seen[1]}) == 4


async def test_what_is_encrypted_is_signed_within() -> None:
    """The app that opens it needs no other proof of who wrote it."""
    async with two_houses(encrypted=True) as both:
        await both[1].user(ADA)
        page = await inside(Between(*both), Phone(both[0]))
        (hidden,) = said_by(page).iter("{*}EncryptedAssertion")
        keys = both[0].house.snapshot.keyring.saml.opening
        opened = decryption.opened(hidden, keys, authentic=False)
        ours = both[1].house.snapshot.keyring.saml.certificate
        now = both[1].clock.now()
        assert signature.covered(opened, (ours,), now=now).tag.endswith("}Assertion")


async def test_the_session_there_serves_the_next_request(
    houses, between, phone
) -> None:
    await between.tell(await inside(between, phone))
    fresh = Between(*houses)
    fresh.at_provider = between.at_provider
    page = await fresh.ask(await fresh.at_house.get(phone.authorize_url(**STRAIGHT)))
    assert "code" in phone.answer(await fresh.tell(page))
    asked = await between.at_house.get(phone.authorize_url(**STRAIGHT, prompt="login"))
    again = await between.ask(asked)  # ForceAuthn
    assert 'type="password"' in again.text


async def test_who_goes_back_is_nobody(between, phone) -> None:
    url = phone.authorize_url(**STRAIGHT)
    page = await between.ask(await between.at_house.get(url))
    left = await between.at_provider.send(page, cancel="1")
    codes = [one.get("Value") for one in said_by(left).iter("{*}StatusCode")]
    assert codes[1].endswith(":RequestDenied")
    landed = await between.tell(left)
    assert "You were not signed in by Second house" in landed.text


async def test_somebody_blocked_is_nobody(houses, between, phone) -> None:
    user = await houses[1].user("bob@example.com")
    block = BlockUser(user_id=user.user_id, blocked_at=1, updated_at=1)
    await houses[1].write(block)
    url = phone.authorize_url(**STRAIGHT)
    page = await between.ask(await between.at_house.get(url))
    left = await between.at_provider.send(
        page, username="bob@example.com", password="correct Horse 7 battery"
    )
    landed = await between.tell(left)
    assert landed.status_code == 200
    assert await houses[0].log_types() == ["f"]


# -- what is asked -------------------------------------------------------------------


@pytest.mark.rule("SAML-app-request")
@pytest.mark.rule("SAML-app-issuer")
@pytest.mark.rule("SAML-app-place")
async def test_a_request_that_is_not_to_be_believed(houses, between, phone) -> None:
    answer = await between.at_house.get(phone.authorize_url(**STRAIGHT))
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    root = parse(binding.from_query(query["SAMLRequest"][0]))
    key = houses[0].house.snapshot.keyring.saml.key

    def url(changed, by=key):
        endpoint = f"{PROVIDER}samlp/{APP}"
        return binding.redirect_url(endpoint, "SAMLRequest", changed, key=by)

    raw = etree.tostring(root)
    cases = [
        url(raw, by=None),
        url(raw, by=houses[1].house.snapshot.keyring.saml.key),
        url(raw.replace(b"urn:auth0", b"urn:other")),
        url(raw.replace(CONSUMER.encode(), b"https://eve.example/acs")),
        url(raw.replace(b"AuthnRequest", b"LogoutRequest")),
        url(raw.replace(b"samlp/house", b"samlp/other")),
        url(raw.replace(b'Version="2.0"', b'Version="1.1"')),
        url(raw.replace(b"HTTP-POST", b"HTTP-Artifact")),
        f"{PROVIDER}samlp/{APP}?SAMLRequest=garbage",
    ]
    for case in cases:
        landed = await between.at_provider.get(case)
        assert landed.status_code == 400, case
        assert "SAMLResponse" not in landed.text
    assert (await between.at_provider.get(f"{PROVIDER}samlp/none")).status_code == 404
    assert (await between.at_provider.get(url(raw))).status_code == 200


async def test_nobody_else_writes_our_word(houses, between) -> None:
    """What is taken up at ``/authorize`` is what was read here, sealed."""
    for value in ("", "x", "A" * 200):
        query = urlencode({"client_id": APP, "saml": value, "redirect_uri": CONSUMER})
        landed = await between.at_provider.get(f"{PROVIDER}authorize?{query}")
        assert "SAMLResponse" not in landed.text


async def test_a_callback_that_went_away_gets_nothing(houses, between, phone) -> None:
    url = phone.authorize_url(**STRAIGHT)
    page = await between.ask(await between.at_house.get(url))
    import msgspec

    gone = msgspec.structs.replace(app(), redirect_uris=("https://new.example/",))
    await houses[1].write(PutClient(client=gone))
    landed = await between.at_provider.send(
        page, username=ADA, password="correct Horse 7 battery"
    )
    assert landed.status_code == 400


async def test_without_a_request_the_first_callback_is_told(houses, between) -> None:
    page = await between.at_provider.get(f"{PROVIDER}samlp/{APP}?RelayState=here")
    told = await between.at_provider.send(
        page, username=ADA, password="correct Horse 7 battery"
    )
    fields = form_of(told.text).fields
    assert fields["RelayState"] == "here"
    assert said_by(told).get("InResponseTo") is None
    landed = await between.at_house.gate.http().post(
        CONSUMER, data={"SAMLResponse": fields["SAMLResponse"]}
    )
    assert landed.status_code == 400  # the house takes none of these


# -- leaving -------------------------------------------------------------------------


async def alive(gate) -> list[bool]:
    from gatelodge.model.reads import FindByEmail

    (person,) = await gate.house.store.read(FindByEmail(email_key=ADA))
    found = await gate.house.store.read(ListSessions(user_id=person.user.user_id))
    return [one.alive(gate.clock.now()) for one in found]


async def test_leaving_one_house_leaves_the_other(houses, between, phone) -> None:
    await between.tell(await inside(between, phone))
    back = "http://localhost:3000/bye"
    query = urlencode({"client_id": "native", "returnTo": back, "federated": "1"})
    leaving = await between.at_house.get(f"/v2/logout?{query}")
    there = await between.at_provider.client.get(leaving.headers["location"])
    assert there.status_code == 303, there.text
    landed = await between.at_house.client.get(there.headers["location"])
    assert landed.headers["location"] == back
    assert (await alive(houses[0]), await alive(houses[1])) == ([False], [False])


@pytest.mark.rule("SAML-logout")
async def test_a_logout_that_nobody_signed_ends_nothing(houses, between, phone) -> None:
    await between.tell(await inside(between, phone))
    unsigned = app()
    await houses[1].write(PutClient(client=unsigned))
    query = urlencode({"client_id": "native", "federated": "1"})
    leaving = await between.at_house.get(f"/v2/logout?{query}")
    there = await between.at_provider.client.get(leaving.headers["location"])
    assert there.status_code == 400
    assert await alive(houses[1]) == [True]


async def test_metadata_says_how(houses, between) -> None:
    answer = await between.at_provider.get(f"{PROVIDER}samlp/metadata/{APP}")
    assert answer.headers["content-type"].startswith("application/samlmetadata+xml")
    root = etree.fromstring(answer.content)
    assert root.get("entityID") == "urn:localhost:8422"
    assert f"{PROVIDER}samlp/{APP}/logout" in answer.text


# -- real servers --------------------------------------------------------------------


def _form(page) -> tuple[str, dict[str, str]]:
    form = form_of(page.text)
    return urljoin(str(page.url), form.action), form.fields


def test_two_servers(tmp_path) -> None:
    """From an app of one, through the pages of the other, to a code of the first."""
    asked = {
        "client_id": "phone",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:9/callback",
        "scope": "openid",
        "state": "s",
        "connection": "provider",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    with running(tmp_path) as (house, _), httpx2.Client() as browser:
        page = _walk(browser, browser.get(f"{house}authorize", params=asked))
        action, fields = _form(page)
        typed = {"username": ADA, "password": "correct Horse 7 battery"}
        page = _walk(browser, browser.post(action, data={**fields, **typed}))
        action, fields = _form(page)
        assert "SAMLResponse" in fields
        landed = _walk(browser, browser.post(action, data=fields))
    assert landed.headers["location"].startswith("http://127.0.0.1:9/callback?code=")


def _walk(browser, answer):
    """Follow redirects, but not into the app."""
    while "location" in answer.headers:
        target = urljoin(str(answer.url), answer.headers["location"])
        if ":9/callback" in target:
            break
        answer = browser.get(target)
    return answer
