"""Golden requests of mobile SDKs, replayed in the order in which an app sends them."""

from __future__ import annotations

import uuid
from base64 import b64encode
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.interop import wire
from tests.interop.app import STATE, VERIFIER, challenge_of, newest_code

SDKS = (
    "auth0-android",
    "auth0-swift",
    "react-native-auth0",
    "appauth-android",
    "oidc-agent",
    "expo-auth-session",
)
FLOW = ("authorize", "code", "userinfo", "refresh", "revoke", "logout")
SINGLE = ("discovery", "jwks", "signup", "change-password", "password")
CODES = ("passwordless-start", "passwordless-code")


@pytest.fixture
def values(gate):
    """What a run knows."""
    return {
        "issuer": gate.issuer,
        "domain": gate.domain,
        "host": "127.0.0.1",
        "verifier": VERIFIER,
        "challenge": challenge_of(VERIFIER),
        "state": STATE,
        "nonce": "n-1",
        "basic": b64encode(b"native:").decode(),
        "new_email": f"{uuid.uuid4().hex}@example.com",
        "new_number": f"+447400{uuid.uuid4().int % 10**6:06d}",
    }


@pytest.mark.parametrize("sdk", SDKS)
def test_a_whole_flow(app, gate, values, sdk):
    for name in (f"{sdk}-{step}" for step in FLOW if f"{sdk}-{step}" in wire.names()):
        request = wire.load(name)
        if name.endswith("-authorize"):
            values |= _authorize(app, request, values)
        elif name.endswith("-logout"):
            left = app.browser.get(request.url(gate.issuer, values))
            request.check(left, values)
        else:
            answer = request.send(app.http, gate.issuer, values)
            values |= _texts(answer)
        if name.endswith("-revoke"):
            assert app.renew(values["refresh_token"]).status_code == 400


@pytest.mark.parametrize("name", [one for one in wire.names() if one.endswith(SINGLE)])
def test_a_single_request(app, gate, values, name):
    wire.load(name).send(app.http, gate.issuer, values)


@pytest.mark.parametrize(
    "sdk", [sdk for sdk in SDKS if f"{sdk}-passwordless-start" in wire.names()]
)
def test_a_code_is_asked_for_and_redeemed(app, gate, values, sdk):
    start, redeem = (wire.load(f"{sdk}-{step}") for step in CODES)
    sent = start.send(app.http, gate.issuer, values).json()
    values["otp"] = newest_code(app, sent.get("email") or sent["phone_number"])
    redeem.send(app.http, gate.issuer, values)


def test_every_file_belongs_to_a_flow_or_stands_alone():
    known = {f"{sdk}-{step}" for sdk in SDKS for step in (*FLOW, *SINGLE, *CODES)}
    assert set(wire.names()) <= known
    assert {f"{sdk}-code" for sdk in SDKS} <= set(wire.names())


def _authorize(app, request, values):
    """Through the browser; what the app reads from the callback."""
    url = request.url(app.gate.issuer, values)
    target = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]
    landed = app.browser.open(url)
    assert landed.startswith(f"{target}?"), landed
    answer = dict(parse_qsl(urlsplit(landed).query, strict_parsing=True))
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["state"] == values["state"]
    return {"code": answer["code"]}


def _texts(answer):
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return {}
    return {k: v for k, v in answer.json().items() if isinstance(v, str)}
