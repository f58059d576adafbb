"""People sign in through SAML identity providers that others wrote."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import nullcontext
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2
import pytest

from gatelodge.model.client import Client, ClientOptions
from gatelodge.model.reads import ListSessions
from gatelodge.model.saml import SamlApp
from gatelodge.model.writes import PutClient, PutConnection
from scripts.system import SIMPLESAMLPHP
from tests.connections.saml import provider as idp
from tests.interop import identity_providers
from tests.protocol.gatehouse import (
    PASSWORD,
    Phone,
    Visitor,
    claims_of,
    form_of,
    open_gatehouse,
)
from tests.services.component import missing
from tests.work.test_saml import Keeper

pytestmark = pytest.mark.node
STRAIGHT = {"connection": "acme"}
SUB = "samlp|acme|ada"
HEADERS = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def gate():
    async with open_gatehouse() as opened:
        opened.clock.at = time.time_ns() // 1_000_000
        await opened.write(PutConnection(connection=idp.connection()))  # makes keys
        yield opened


@pytest.fixture(scope="session")
def php():
    """PHP, where SimpleSAMLphp is."""
    command = shutil.which("php")
    if command is None or not SIMPLESAMLPHP.is_dir():
        missing("SimpleSAMLphp")
    return command


async def connect(gate, running, **changes) -> None:
    said = {
        "entity_id": running.entity_id,
        "sign_in_url": running.sign_in,
        "sign_out_url": running.sign_out or None,
        **changes,
    }
    await gate.write(PutConnection(connection=idp.connection(**said)))


def our_keys(gate):
    return gate.house.snapshot.keyring.saml


def as_pem(encoded: str) -> str:
    lines = "\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


async def through(visitor, browser, answer) -> httpx2.Response:
    """From our question, through the provider, to where we send the person."""
    if answer.status_code == 303:
        page = await browser.get(answer.headers["location"])
    else:
        form = form_of(answer.text)
        page = await browser.post(form.action, data=form.fields)
    assert page.status_code == 200, page.text
    form = form_of(page.text.replace("'", '"'))
    posted = await visitor.gate.http().post(
        form.action, content=urlencode(form.fields), headers=HEADERS
    )
    assert posted.status_code == 303, posted.text
    return await visitor.get(urljoin(form.action, posted.headers["location"]))


async def sign_in(gate, visitor, phone) -> dict[str, object]:
    async with httpx2.AsyncClient(follow_redirects=True) as browser:
        answer = await visitor.get(phone.authorize_url(**STRAIGHT))
        landed = await through(visitor, browser, answer)
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    return claims_of(tokens["id_token"])


@pytest.mark.parametrize("way", ["HTTP-Redirect", "HTTP-POST"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"signResponse": True, "signAssertion": False},
        {"signResponse": True, "signAssertion": True},
    ],
    ids=["assertion", "response", "both"],
)
async def test_samlp(gate, node_command, options, way) -> None:
    ours = as_pem(our_keys(gate).certificate)
    with identity_providers.samlp(node_command, idp.pair(), ours, **options) as running:
        await connect(gate, running, request_binding=way)
        said = await sign_in(gate, Visitor(gate), Phone(gate))
    assert (said["sub"], said["name"]) == (SUB, "Ada Lovelace")
    assert (said["email"], said["family_name"]) == ("ada@acme.example", "Lovelace")


@pytest.mark.parametrize("signed", [False, True])
async def test_samlp_encrypts(gate, node_command, signed) -> None:
    keys = our_keys(gate)
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = keys.opening[0].public_key()
    options = {
        "encryptionPublicKey": public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        "encryptionCert": as_pem(keys.encryption),
        "encryptionAlgorithm": "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        "signResponse": signed,
    }
    ours = as_pem(keys.certificate)
    with identity_providers.samlp(node_command, idp.pair(), ours, **options) as running:
        await connect(gate, running)
        said = await sign_in(gate, Visitor(gate), Phone(gate))
    assert said["sub"] == SUB


async def test_samlp_with_another_key(gate, node_command) -> None:
    ours = as_pem(our_keys(gate).certificate)
    visitor, phone = Visitor(gate), Phone(gate)
    with identity_providers.samlp(node_command, idp.pair("eve"), ours) as running:
        await connect(gate, running)
        async with httpx2.AsyncClient() as browser:
            answer = await visitor.get(phone.authorize_url(**STRAIGHT))
            landed = await through(visitor, browser, answer)
    assert "Acme could not confirm who you are" in landed.text


def told(gate, **changes) -> dict[str, object]:
    """What SimpleSAMLphp has to know of us."""
    keys = our_keys(gate)
    return {
        "entityid": idp.AUDIENCE,
        "AssertionConsumerService": idp.CONSUMER,
        "SingleLogoutService": f"{idp.ISSUER}logout",
        "NameIDFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        "simplesaml.nameidattribute": "uid",
        "validate.authnrequest": True,
        "keys": [
            {
                "type": "X509Certificate",
                "signing": True,
                "encryption": False,
                "X509Certificate": keys.certificate,
            },
            {
                "type": "X509Certificate",
                "signing": False,
                "encryption": True,
                "X509Certificate": keys.encryption,
            },
        ],
        **changes,
    }


@pytest.mark.parametrize("way", ["HTTP-Redirect", "HTTP-POST"])
@pytest.mark.parametrize(
    "how",
    [
        {"saml20.sign.response": True, "saml20.sign.assertion": True},
        {"saml20.sign.response": True, "saml20.sign.assertion": False},
        {"saml20.sign.response": False, "saml20.sign.assertion": True},
    ],
    ids=["both", "response", "assertion"],
)
async def test_simplesamlphp(gate, php, tmp_path, how, way) -> None:
    running = identity_providers.simplesamlphp(
        php, tmp_path, idp.pair(), told(gate), **how
    )
    with running as provider:
        await connect(gate, provider, request_binding=way)
        said = await sign_in(gate, Visitor(gate), Phone(gate))
    assert (said["sub"], said["email"]) == (SUB, "ada@acme.example")
    assert (said["name"], said["given_name"]) == ("Ada Lovelace", "Ada")


async def test_simplesamlphp_encrypts(gate, php, tmp_path) -> None:
    """It knows AES-CBC only, which is opened because its response is signed."""
    ours = told(gate, **{"assertion.encryption": True})
    how = {"saml20.sign.response": True}
    with identity_providers.simplesamlphp(
        php, tmp_path, idp.pair(), ours, **how
    ) as provider:
        await connect(gate, provider)
        said = await sign_in(gate, Visitor(gate), Phone(gate))
    assert said["sub"] == SUB


async def test_simplesamlphp_is_known_by_its_metadata(gate, php, tmp_path) -> None:
    with identity_providers.simplesamlphp(
        php, tmp_path, idp.pair(), told(gate)
    ) as provider:
        await connect(
            gate,
            provider,
            entity_id="",
            sign_in_url="",
            certificates=(),
            metadata_url=provider.metadata,
        )
        await Keeper(gate.house).keep()
        said = await sign_in(gate, Visitor(gate), Phone(gate))
    assert said["sub"] == SUB


async def test_logout_with_simplesamlphp_both_ways(gate, php, tmp_path) -> None:
    with identity_providers.simplesamlphp(
        php, tmp_path, idp.pair(), told(gate)
    ) as provider:
        await connect(gate, provider)
        visitor, phone = Visitor(gate), Phone(gate)
        async with httpx2.AsyncClient() as browser:
            answer = await visitor.get(phone.authorize_url(**STRAIGHT))
            assert "code" in phone.answer(await through(visitor, browser, answer))
            back = "http://localhost:3000/bye"
            query = urlencode({"client_id": "native", "returnTo": back})
            leaving = await visitor.get(f"/v2/logout?{query}&federated")
            location = leaving.headers["location"]
            assert location.startswith(provider.sign_out)
            hop = await browser.get(location)
            while urlsplit(hop.headers["location"]).netloc != "localhost:8421":
                hop = await browser.get(urljoin(location, hop.headers["location"]))
        landed = await visitor.client.get(hop.headers["location"])
        assert landed.headers["location"] == back


async def test_simplesamlphp_signs_people_out(gate, php, tmp_path) -> None:
    with identity_providers.simplesamlphp(
        php, tmp_path, idp.pair(), told(gate)
    ) as provider:
        await connect(gate, provider)
        visitor, phone = Visitor(gate), Phone(gate)
        async with httpx2.AsyncClient() as browser:
            answer = await visitor.get(phone.authorize_url(**STRAIGHT))
            assert "code" in phone.answer(await through(visitor, browser, answer))
            hop = await browser.get(
                f"{provider.sign_out}?ReturnTo=http://localhost:8421/"
            )
            while "localhost:8421/logout" not in hop.headers["location"]:
                hop = await browser.get(
                    urljoin(provider.sign_out, hop.headers["location"])
                )
            asked = await gate.http().get(hop.headers["location"])
            assert asked.headers["location"].startswith(provider.sign_out), asked.text
            done = await browser.get(asked.headers["location"])
            assert done.status_code in (302, 303, 200)
    (session,) = await gate.house.store.read(ListSessions(user_id=SUB))
    assert not session.alive(gate.clock.now())


def php_client(
    base: str, method: str | None = None, *, binding: str = "HTTP-Redirect"
) -> Client:
    hidden = {"encryption": method, "encrypt_for": idp.pair().pinned} if method else {}
    saml = SamlApp(
        **hidden,
        logout_binding=binding,
        audience="urn:php",
        certificate=idp.pair().pinned,
        logout_url=f"{base}/module.php/saml/sp/saml2-logout.php/ours",
    )
    return Client(
        client_id="php",
        name="PHP app",
        app_type="web",
        auth_method="client_secret_post",
        redirect_uris=(f"{base}/module.php/saml/sp/saml2-acs.php/ours",),
        options=ClientOptions(saml=saml, skip_confirmation=True),
    )


@pytest.mark.parametrize("method", [None, "aes256-gcm", "aes128-gcm", "aes256-cbc"])
async def test_simplesamlphp_takes_our_word(gate, php, tmp_path, method) -> None:
    """The other way round: we are the identity provider, it is the app."""
    port = identity_providers.free_port()
    base = f"http://127.0.0.1:{port}"
    client = php_client(base, method)
    (consumer,) = client.redirect_uris
    await gate.write(PutClient(client=client))
    await gate.user("ada@example.com", name="Ada")
    visitor = Visitor(gate)
    ours = f"{idp.ISSUER}samlp/php"
    known = {
        "entityid": "urn:localhost:8421",
        "SingleSignOnService": ours,
        "SingleLogoutService": f"{ours}/logout",
        "certData": our_keys(gate).certificate,
        "assertion.encryption": method is not None,  # an open one is refused then
    }
    with identity_providers.php_app(php, tmp_path, port, idp.pair(), known):
        shown = await signed_in_at(base, visitor, ours, consumer)
    assert "ada@example.com" in shown.text


async def signed_in_at(
    base: str,
    visitor: Visitor,
    ours: str,
    consumer: str,
    *,
    browser: httpx2.AsyncClient | None = None,
) -> httpx2.Response:
    """From the app to our sign-in page and back, in one browser."""
    async with nullcontext(browser) if browser else httpx2.AsyncClient() as person:
        start = await person.get(f"{base}/module.php/core/authenticate.php?as=ours")
        while not start.headers["location"].startswith(ours):
            start = await person.get(urljoin(base, start.headers["location"]))
        page = await visitor.get(start.headers["location"])
        told = await visitor.send(page, username="ada@example.com", password=PASSWORD)
        form = form_of(told.text)
        assert form.action == consumer
        landed = await person.post(consumer, data=form.fields)
        assert landed.status_code in (302, 303), landed.text
        return await person.get(urljoin(base, landed.headers["location"]))


@pytest.mark.parametrize("way", ["HTTP-Redirect", "HTTP-POST"])
async def test_simplesamlphp_is_told_of_a_logout(gate, php, tmp_path, way) -> None:
    """It checks our request, ends its session and answers; we believe that."""
    port = identity_providers.free_port()
    base = f"http://127.0.0.1:{port}"
    client = php_client(base, binding=way)
    (consumer,) = client.redirect_uris
    await gate.write(PutClient(client=client))
    await gate.user("ada@example.com")
    visitor, ours = Visitor(gate), f"{idp.ISSUER}samlp/php"
    known = {
        "entityid": "urn:localhost:8421",
        "SingleSignOnService": ours,
        "SingleLogoutService": f"{ours}/logout",
        "certData": our_keys(gate).certificate,
        "redirect.validate": True,
        "validate.logout": True,
        "sign.logout": True,
    }
    with identity_providers.php_app(php, tmp_path, port, idp.pair(), known):
        async with httpx2.AsyncClient() as browser:
            await signed_in_at(base, visitor, ours, consumer, browser=browser)
            back = urlencode({"returnTo": "http://localhost:3000/bye"})
            page = await visitor.get(f"/v2/logout?client_id=native&{back}")
            if way == "HTTP-POST":
                form = form_of(page.text)
                answer = await browser.post(form.action, data=form.fields)
            else:
                found = re.search(r'content="0;url=([^"]+)"', page.text)
                answer = await browser.get(unescape(found[1]))
            assert answer.status_code in (302, 303), answer.text
            landed = await visitor.get(answer.headers["location"])
            start = f"{base}/module.php/core/authenticate.php?as=ours"
            again = await browser.get(start)
    assert landed.headers["location"] == "http://localhost:3000/bye"
    assert "flo" not in await gate.log_types()
    assert again.status_code in (302, 303)  # it asks us anew
