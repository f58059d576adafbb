"""Rules for what a browser meets on its way: see ``test_clients_rules.py``."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import pytest

from tests.interop.app import STATE, parts_of

NATIVE_BYE = "com.example.app:/oauth2redirect"


def test_rule_17_neither_state_nor_nonce_is_needed(app):
    answer = app.sign_in(state=None, nonce=None)
    assert answer.keys() == {"code", "iss"}
    tokens = app.exchange(answer["code"]).json()
    assert "nonce" not in parts_of(tokens["id_token"])[1]


def test_rule_18_unknown_parameters_do_no_harm(app):
    more = {
        "responseType": "code",
        "redirectUri": "https://elsewhere.example/",
        "access_type": "offline",
        "ext-color": "blue",
        "screen_hint": "login",
        "login_hint": "ada@example.com",
        "ui_locales": "xx de",
        "connection_scope": "a,b",
        "organization": "",
        "invitation": "",
        "response_mode": "query",
    }
    assert "code" in app.sign_in(**more)


def test_rule_20_codes_and_states_are_safe_in_a_url(app):
    landed = urlsplit(app.browser.open(app.authorize_url()))
    for pair in landed.query.split("&"):
        assert pair.count("=") == 1
    code = re.search(r"(?:^|&)code=([^&]*)", landed.query)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]+", code[1])


def test_rule_21_the_state_comes_back_as_it_was(app):
    assert app.sign_in()["state"] == STATE
    refused = app.sign_in(response_type="token")
    assert (refused["error"], refused["state"]) == ("unsupported_response_type", STATE)
    refused = app.sign_in(prompt="none", max_age="0")
    assert (refused["error"], refused["state"]) == ("login_required", STATE)


def test_rule_24_loopback_addresses_with_any_port(app):
    for uri in (
        "http://127.0.0.1:49152/callback",
        "http://127.0.0.1:65535/callback",
        "http://127.0.0.1:4242/",
        "http://[::1]:49152/callback",
        "http://localhost:51234/callback",
    ):
        assert "code" in app.sign_in(redirect_uri=uri), uri
    for uri in ("http://localhost:51235/callback", "http://127.0.0.1:4242/other"):
        page = app.browser.get(app.authorize_url(redirect_uri=uri))
        assert page.status_code == 400, uri
        assert "location" not in page.headers


def test_rule_25_schemes_of_apps(app, gate):
    for uri in (
        "com.example.app:/oauth2redirect",
        f"com.example.app://{gate.domain}/android/com.example.app/callback",
        "com.example.app://127.0.0.1/ios/com.example.app/callback",
        "com.example.app://127.0.0.1/macos/com.example.app/callback",
        f"com.example.app.auth0://{gate.domain}/android/com.example.app/callback",
        f"com.example.app://{gate.domain}/capacitor/com.example.app/callback",
        "exp://127.0.0.1:8081/--/callback",
        "msauth.com.example.app://auth",
        "my-app.example://callback",
    ):
        answer = app.sign_in(redirect_uri=uri)
        tokens = app.exchange(answer["code"], redirect_uri=uri)
        assert tokens.status_code == 200, uri


def test_rule_26_back_to_the_app_by_a_redirect(app):
    # The answer to the person's own step goes to the app's scheme: no page, no tap.
    app.sign_in(redirect_uri=NATIVE_BYE, prompt="login")
    assert len(app.browser.seen) == 1
    assert app.browser.last.status_code in (302, 303)
    assert app.browser.last.headers["location"].startswith(f"{NATIVE_BYE}?")


@pytest.mark.parametrize(
    "path",
    [
        "oauth/token",
        "oauth/revoke",
        "userinfo",
        "dbconnections/signup",
        ".well-known/jwks.json",
        ".well-known/openid-configuration",
    ],
)
def test_rule_27_web_apps_may_call(app, gate, path):
    for origin in (
        gate.spa_origin,
        "capacitor://localhost",
        "ionic://localhost",
        "http://localhost",
    ):
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "auth0-client,authorization,content-type,dpop",
        }
        asked = app.http.options(path, headers=headers)
        assert asked.is_success
        assert asked.headers["access-control-allow-origin"] == origin
        allowed = asked.headers["access-control-allow-headers"].lower().split(", ")
        assert {"auth0-client", "content-type", "authorization", "dpop"} <= {*allowed}
    answer = app.http.post("oauth/token", json={}, headers={"Origin": gate.spa_origin})
    assert answer.headers["access-control-allow-origin"] == gate.spa_origin
    assert "DPoP-Nonce" in answer.headers["access-control-expose-headers"]
    stranger = app.http.options(path, headers={**headers, "Origin": "http://x.example"})
    assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize("federated", ["", "&federated", "&federated=1", "&federated="])
def test_rule_29_logout_returns_without_a_page(app, federated):
    app.sign_in()
    back = quote(NATIVE_BYE, safe="")
    query = f"client_id=native&returnTo={back}{federated}&auth0Client=eyJ9"
    left = app.browser.get(app.gate.url(f"v2/logout?{query}"))
    assert (left.status_code, left.headers["location"]) == (302, NATIVE_BYE)
    assert app.sign_in(prompt="none")["error"] == "login_required"
    elsewhere = app.browser.get(
        app.gate.url("v2/logout?client_id=native&returnTo=https://x.example/")
    )
    assert elsewhere.status_code == 400
    assert "location" not in elsewhere.headers


def test_rule_30_oidc_logout_without_a_hint(app):
    app.sign_in()
    back = quote(NATIVE_BYE, safe="")
    query = f"client_id=native&post_logout_redirect_uri={back}"
    left = app.browser.get(app.gate.url(f"oidc/logout?{query}"))
    assert (left.status_code, left.headers["location"]) == (302, NATIVE_BYE)
    assert app.sign_in(prompt="none")["error"] == "login_required"


def test_rule_36_metadata_is_json_of_this_issuer(app, gate):
    answer = app.http.get(".well-known/openid-configuration")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["issuer"] == gate.issuer


def test_rule_37_two_slashes_before_the_metadata(app, gate):
    answer = app.http.get(f"{gate.issuer}/.well-known/openid-configuration")
    assert answer.status_code == 200
    assert answer.json()["issuer"] == gate.issuer


def test_the_metadata_says_what_clients_look_for(app, gate):
    """Mandatory for AppAuth, express-openid-connect, openid-client and auth0-auth-js."""
    told = app.http.get(".well-known/openid-configuration").json()
    for name, path in (
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "oauth/token"),
        ("userinfo_endpoint", "userinfo"),
        ("jwks_uri", ".well-known/jwks.json"),
        ("revocation_endpoint", "oauth/revoke"),
        ("end_session_endpoint", "oidc/logout"),
    ):
        assert told[name] == gate.url(path)
    for name, values in (
        ("response_types_supported", {"code"}),
        ("response_modes_supported", {"query", "form_post"}),
        ("subject_types_supported", {"public"}),
        ("id_token_signing_alg_values_supported", {"RS256"}),
        ("code_challenge_methods_supported", {"S256"}),
        ("grant_types_supported", {"authorization_code", "refresh_token"}),
        ("scopes_supported", {"openid", "profile", "email", "offline_access"}),
        ("claims_supported", {"sub", "email", "email_verified", "updated_at"}),
        (
            "token_endpoint_auth_methods_supported",
            {"none", "client_secret_basic", "client_secret_post", "private_key_jwt"},
        ),
    ):
        assert values <= set(told[name]), name
    assert "plain" not in told["code_challenge_methods_supported"]
    assert told["authorization_response_iss_parameter_supported"] is True
    assert told["request_parameter_supported"] is False
