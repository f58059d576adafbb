"""What actions say of an answer to an app that speaks SAML (contract 2.5)."""

from __future__ import annotations

import pytest

from gatelodge.connections.saml import binding
from gatelodge.connections.saml.document import only, parse, text_of
from gatelodge.model.client import Client, ClientOptions
from gatelodge.model.saml import SamlApp
from gatelodge.model.writes import PutClient
from tests.protocol.gatehouse import ISSUER, PASSWORD, Phone, form_of

from .conftest import line, register, webhook

FIRST, OTHER = "https://wiki.example/acs", "https://wiki.example/other"
CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"


@pytest.fixture
async def wiki(gate):
    client = Client(
        client_id="wiki",
        name="Wiki",
        app_type="web",
        auth_method="client_secret_post",
        redirect_uris=(FIRST, OTHER),
        options=ClientOptions(
            saml=SamlApp(audience="urn:wiki"), skip_confirmation=True
        ),
    )
    await gate.write(PutClient(client=client))


@pytest.fixture
def say(write, gate):
    async def put(body: str) -> None:
        lines = "\n".join(f"    {one}" for one in body.splitlines())
        write("10.py", f"def on_execute_post_login(event, api):\n{lines}\n")
        await gate.house.actions.refresh()

    return put


async def sign_in(visitor):
    page = await visitor.get(f"{ISSUER}samlp/wiki?RelayState=here")
    return await visitor.send(page, username="ada@example.com", password=PASSWORD)


def told(page):
    """The answer, and values of attributes by name."""
    root = parse(binding.from_form(form_of(page.text).fields["SAMLResponse"]))
    found = {
        one.get("Name"): [value.text for value in one]
        for one in root.iter("{*}Attribute")
    }
    return root, found


def name_id(root) -> tuple[str, str]:
    named = only(root, "saml:Assertion/saml:Subject/saml:NameID")
    return named.text, named.get("Format")


async def test_attributes_by_a_function(wiki, visitor, say) -> None:
    await say(
        "assert event.transaction.protocol == 'samlp'\n"
        "api.saml_response.set_attribute('groups', event.authorization.roles)\n"
        "api.samlResponse.setAttribute('https://x/seats', 3)\n"
        "api.samlResponse.setAttribute('evil\\x00', '\\ud83d\\ude00 <&\\x01>')\n"
        f"api.samlResponse.setAttribute('{CLAIM}/upn', None)"
    )
    page = await sign_in(visitor)
    found = told(page)[1]
    assert found["groups"] == ["Reader"]
    assert found["https://x/seats"] == ["3"]
    assert f"{CLAIM}/upn" not in found
    assert found[f"{CLAIM}/emailaddress"] == ["ada@example.com"]


async def test_attributes_by_a_webhook(gate, wiki, visitor, receiver) -> None:
    receiver.answer = {
        "commands": [
            {"command": "samlResponse.setAttribute", "name": "a", "value": ["b"]},
            {"command": "samlResponse.setAudience", "value": "urn:hook"},
        ]
    }
    await register(gate, webhook(gate, receiver.url))
    root, found = told(await sign_in(visitor))
    assert found["a"] == ["b"]
    (audience,) = root.iter("{*}Audience")
    assert text_of(audience) == "urn:hook"


async def test_the_name_and_the_rest(wiki, visitor, say) -> None:
    await say(
        "r = api.samlResponse\n"
        "r.setAudience('urn:other').samlResponse.setLifetimeInSeconds(90)\n"
        "r.setNameIdentifierFormat('urn:format').samlResponse.setSignResponse(True)\n"
        "r.setNameIdentifierProbes(['employee', 'email'])\n"
        "r.setAttribute('employee', 'E7')\n"
        "r.setAuthnContextClassRef('urn:context')\n"
        "r.setRelayState('there')\n"
        "r.setPassthroughClaimsWithNoMapping(False)\n"
        "r.setCreateUpnClaim(False)"
    )
    page = await sign_in(visitor)
    assert form_of(page.text).fields["RelayState"] == "there"
    root, found = told(page)
    assert name_id(root) == ("E7", "urn:format")
    assert only(root, "ds:Signature") is not None
    assert only(root, "saml:Assertion/ds:Signature") is None
    texts = [
        text_of(one) for one in root.iter("{*}Audience", "{*}AuthnContextClassRef")
    ]
    assert texts == ["urn:other", "urn:context"]
    assert not any("auth0" in name or "upn" in name for name in found)


async def test_the_usual_name_is_an_attribute_too(wiki, visitor, say) -> None:
    await say(f"api.samlResponse.setAttribute('{CLAIM}/nameidentifier', 'E7')")
    root, _ = told(await sign_in(visitor))
    assert name_id(root)[0] == "E7"


async def test_another_callback_of_the_app(wiki, visitor, say) -> None:
    await say(
        f"api.samlResponse.setDestination('{OTHER}')\n"
        f"api.samlResponse.setRecipient('{OTHER}')"
    )
    page = await sign_in(visitor)
    assert form_of(page.text).action == OTHER
    root, _ = told(page)
    assert root.get("Destination") == OTHER
    (data,) = root.iter("{*}SubjectConfirmationData")
    assert data.get("Recipient") == OTHER


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("setDestination('https://eve.example/')", "none of the app's callbacks"),
        ("setRecipient('https://eve.example/')", "none of the app's callbacks"),
        ("setIssuer('urn:eve')", "who we are is not an action's to say"),
        ("setKey('x')", "what we sign with"),
        ("setEncryptionCert('x')", "stands in the tenant file"),
        ("setSignatureAlgorithm('rsa-sha1')", "rsa-sha1"),
        ("setTypedAttributes(True)", "not supported here"),
    ],
)
async def test_what_is_the_administrators(gate, wiki, visitor, say, body, why) -> None:
    await say(f"api.samlResponse.{body}")
    page = await sign_in(visitor)
    root, found = told(page)
    assert form_of(page.text).action == FIRST
    assert found == {}
    assert only(root, "saml:Assertion") is None
    failed = await line(gate, "actions_execution_failed")
    assert why in failed.details["actions"][0]["error"]


async def test_a_sign_in_of_another_kind_is_left_alone(gate, visitor, say) -> None:
    await say("api.samlResponse.setDestination('https://eve.example/')")
    assert (await Phone(gate).tokens(visitor, "ada@example.com"))["access_token"]
