"""openid-client 6.8 in Node: every way a client may authenticate."""

from __future__ import annotations

import pytest

from tests.interop.gate import API, WEB_SECRET

pytestmark = pytest.mark.node

METHODS = {
    "none": "native",
    "client_secret_post": "web",
    "client_secret_basic": "web-basic",
    "private_key_jwt": "web-key",
}
ASKED = {"openid", "profile", "email", "offline_access", "read:timesheets"}


@pytest.mark.parametrize("method", METHODS)
def test_the_whole_flow(node, gate, method):
    result = node(
        "openid-client.mjs",
        METHOD=method,
        CLIENT_ID=METHODS[method],
        AUDIENCE=API,
        SECRET=WEB_SECRET,
        KEY=gate.web_key,
    )
    assert result["params"] == ["code", "iss", "state"]
    assert set(result["scope"].split()) == ASKED
    assert set(result["granted"].split()) == ASKED
    assert result["email"] == "ada@example.com"
    status, error, text = result["refusal"]
    assert (status, error) == (400, "invalid_grant")
    assert text == "Unknown or invalid refresh token."
    if method == "none":
        # Another app could listen on loopback, so a person confirms (RFC 8252 §8.6).
        assert result["silent"] == "interaction_required"
        assert result["left"] == ["?state=bye", "login_required"]
    else:
        assert result["silent"] == "code"


def test_a_machine(node):
    result = node("openid-client-machine.mjs", SECRET=WEB_SECRET, AUDIENCE=API)
    assert [one[1:] for one in result["results"]] == [
        ["read:timesheets", "client-credentials"]
    ] * 2
    assert result["refusal"] == [401, "OAUTH_WWW_AUTHENTICATE_CHALLENGE", "basic"]
