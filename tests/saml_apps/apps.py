"""Apps that speak SAML, as they stand on the way of somebody who signs out."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from gatelodge.connections.saml import binding, logout
from gatelodge.connections.saml.document import parse
from gatelodge.model.client import Client, ClientOptions
from gatelodge.model.saml import SamlApp
from tests.connections.saml import provider as idp
from tests.protocol.gatehouse import ISSUER

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
PARTIAL = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"


def app(name: str, **changes) -> Client:
    said = {
        "audience": f"urn:{name}",
        "certificate": idp.pair(name).pinned,
        "logout_url": f"https://{name}.example/slo",
        **changes,
    }
    return Client(
        client_id=name,
        name=name.title(),
        app_type="web",
        auth_method="client_secret_post",
        redirect_uris=(f"https://{name}.example/acs",),
        options=ClientOptions(saml=SamlApp(**said), skip_confirmation=True),
    )


def forward(page) -> str:
    """Where our page sends the browser by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


def asked(url: str):
    """Our request, and the state that travels with it."""
    query = parse_qs(urlsplit(url).query)
    return parse(binding.from_query(query["SAMLRequest"][0])), query["RelayState"][0]


def answer(
    name: str,
    root,
    state: str,
    *,
    codes=(SUCCESS,),
    key=None,
    signed: bool = True,
    **changes,
) -> str:
    """The app's answer by redirect."""
    said = {
        "own": f"urn:{name}",
        "destination": f"{ISSUER}samlp/{name}/logout",
        "in_response_to": root.get("ID"),
        **changes,
    }
    made = logout.response(
        said.pop("in_response_to"), message_id="_answer", now=idp.NOW, **said
    )
    (code,) = made.iter("{*}StatusCode")
    code.set("Value", codes[0])
    for inner in codes[1:]:
        etree.SubElement(code, code.tag, Value=inner)
    signing = (key or idp.pair(name).key) if signed else None
    return binding.redirect_url(
        f"{ISSUER}samlp/{name}/logout",
        "SAMLResponse",
        etree.tostring(made),
        relay_state=state,
        key=signing,
    )


def way(page, word: str) -> str:
    found = re.search(rf'href="([^"]+[?&;]{word}=[^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


def told(answer_url: str) -> tuple[str, list[str], str]:
    query = parse_qs(urlsplit(answer_url).query)
    root = parse(binding.from_query(query["SAMLResponse"][0]))
    codes = [one.get("Value") for one in root.iter("{*}StatusCode")]
    return root.get("InResponseTo"), codes, query["RelayState"][0]
