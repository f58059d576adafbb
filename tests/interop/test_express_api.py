"""express-oauth2-jwt-bearer 1.10: an API of Node takes our access tokens, not others."""

from __future__ import annotations

import time

import httpx2
import pytest

from tests.interop.gate import API, BRIEF_API, HERE, STRICT_API, WEB_SECRET
from tests.services.loopback import free_port
from tests.services.running import running_server

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def api(gate, node_command):
    """The running API; call it with a path and a token."""
    port = free_port()
    env = {
        "ISSUER": gate.issuer,
        "PORT": str(port),
        "API": API,
        "STRICT_API": STRICT_API,
        "BRIEF_API": BRIEF_API,
    }
    url = f"http://127.0.0.1:{port}"
    command = (node_command, HERE / "node" / "api.mjs")
    with (
        running_server(command, url=f"{url}/health", env=env, cwd=HERE / "node"),
        httpx2.Client(base_url=url, trust_env=False) as http,
    ):

        def call(path, token):
            return http.get(path, headers={"Authorization": f"Bearer {token}"})

        yield call


@pytest.fixture
def machine_token(app):
    def token(audience):
        body = {
            "client_id": "machine",
            "client_secret": WEB_SECRET,
            "grant_type": "client_credentials",
            "audience": audience,
        }
        return app.http.post("oauth/token", json=body).json()["access_token"]

    return token


@pytest.mark.parametrize(
    ("path", "audience"), [("auth0", API), ("rfc9068", STRICT_API)]
)
def test_tokens_of_both_dialects(app, gate, api, path, audience):
    tokens = app.tokens(audience=audience)
    answer = api(path, tokens["access_token"])
    assert answer.status_code == 200, answer.text
    payload = answer.json()
    assert payload["aud"] == [audience, f"{gate.issuer}userinfo"]
    assert payload["sub"] == app.userinfo(tokens["access_token"]).json()["sub"]
    assert payload["scope"].split() == tokens["scope"].split()


@pytest.mark.parametrize(
    ("path", "audience"), [("auth0", API), ("rfc9068", STRICT_API)]
)
def test_tokens_of_a_machine(api, machine_token, path, audience):
    payload = api(path, machine_token(audience)).json()
    assert (payload["aud"], payload["scope"]) == (audience, "read:timesheets")
    if path == "auth0":
        assert api("machine", machine_token(audience)).status_code == 200


def test_the_strict_mode_takes_rfc_9068_only(api, machine_token):
    refused = api("not-strict-enough", machine_token(API))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert "typ" in refused.json()["message"]


def test_id_tokens_are_refused(app, api):
    id_token = app.tokens()["id_token"]
    for path in ("auth0", "rfc9068"):
        assert api(path, id_token).status_code == 401


def test_tokens_for_another_api_are_refused(app, api):
    token = app.tokens(audience=STRICT_API)["access_token"]
    refused = api("auth0", token)
    assert refused.status_code == 401
    assert "aud" in refused.json()["message"]


def test_tampered_tokens_are_refused(api, machine_token):
    head, body, signature = machine_token(API).split(".")
    for forged in (f"{head}.{body}.{signature[:-8]}AAAAAAAA", f"{head}.{body}."):
        refused = api("auth0", forged)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_tokens_are_refused_when_their_time_is_over(api, machine_token):
    token = machine_token(BRIEF_API)
    ends = api("brief", token).json()["exp"]
    time.sleep(max(0.0, ends - time.time()) + 0.1)
    refused = api("brief", token)
    assert refused.status_code == 401
    assert "exp" in refused.json()["message"]


def test_scopes_that_were_not_granted_are_missed(app, api):
    allowed = app.tokens(scope="openid create:timesheets")["access_token"]
    assert api("scoped", allowed).status_code == 200
    refused = api("scoped", app.tokens(scope="openid read:timesheets")["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
