"""auth0-python's authentication part: JSON bodies, Auth0's own reading of answers."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from auth0.authentication import (
    Database,
    GetToken,
    Passwordless,
    RevokeToken,
    Users,
)
from auth0.authentication.exceptions import Auth0Error, TokenValidationError
from auth0.authentication.token_verifier import (
    AsymmetricSignatureVerifier,
    TokenVerifier,
)

from tests.interop.app import (
    REDIRECT_URI,
    STATE,
    VERIFIER,
    challenge_of,
    newest_code,
    newest_link,
)
from tests.interop.gate import API, WEB_SECRET

CONNECTION = "Username-Password-Authentication"
PASSWORD = "ada writes hours 7"


@pytest.fixture
def get_token(gate):
    return GetToken(gate.domain, "native", protocol="http")


@pytest.fixture
def signed_in(app, get_token):
    code = app.sign_in(max_age="600")["code"]
    return get_token.authorization_code_pkce(VERIFIER, code, REDIRECT_URI)


def test_the_whole_native_flow(gate, app, get_token, signed_in):
    claims = _verifier(gate).verify(signed_in["id_token"], nonce="n-1", max_age=600)
    users = Users(gate.domain, protocol="http")
    assert users.userinfo(signed_in["access_token"])["sub"] == claims["sub"]

    renewed = get_token.refresh_token(signed_in["refresh_token"])
    assert renewed["refresh_token"] != signed_in["refresh_token"]
    assert renewed["scope"] == signed_in["scope"]
    assert _verifier(gate).verify(renewed["id_token"])["sub"] == claims["sub"]

    revoke = RevokeToken(gate.domain, "native", protocol="http")
    revoke.revoke_refresh_token(renewed["refresh_token"])
    with pytest.raises(Auth0Error) as refused:
        get_token.refresh_token(renewed["refresh_token"])
    assert refused.value.error_code == "invalid_grant"
    assert refused.value.message == "Unknown or invalid refresh token."

    leave = f"{gate.issuer}v2/logout?client_id=native&returnTo={REDIRECT_URI}"
    assert app.browser.open(leave) == REDIRECT_URI
    assert app.sign_in(prompt="none")["error"] == "login_required"


def test_its_verifier_sees_what_is_wrong(gate, signed_in):
    token = signed_in["id_token"]
    with pytest.raises(TokenValidationError, match="nonce"):
        _verifier(gate).verify(token, nonce="another")
    with pytest.raises(TokenValidationError, match="Audience"):
        _verifier(gate, audience="web").verify(token)
    head, body, signature = token.split(".")
    with pytest.raises(TokenValidationError, match="signature"):
        _verifier(gate).verify(f"{head}.{body}.{signature[:-8]}AAAAAAAA")


def test_a_web_app_with_its_secret(gate, app):
    get_token = GetToken(gate.domain, "web", WEB_SECRET, protocol="http")
    landed = app.browser.open(
        app.authorize_url(
            client_id="web", code_challenge=None, code_challenge_method=None
        )
    )
    code = parse_qs(urlsplit(landed).query)["code"][0]
    tokens = get_token.authorization_code(code, REDIRECT_URI)
    renewed = get_token.refresh_token(tokens["refresh_token"], scope="openid email")
    assert set(renewed["scope"].split()) == {"openid", "email", "offline_access"}


def test_a_machine_with_secret_or_key(gate):
    machine = GetToken(gate.domain, "machine", WEB_SECRET, protocol="http")
    token = machine.client_credentials(API)
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 86400)
    wrong = GetToken(gate.domain, "machine", "cs_wrong", protocol="http")
    with pytest.raises(Auth0Error) as refused:
        wrong.client_credentials(API)
    assert (refused.value.status_code, refused.value.error_code) == (
        401,
        "invalid_client",
    )


def test_sign_up_and_a_forgotten_password(gate):
    database = Database(gate.domain, "native", protocol="http")
    email = f"{uuid.uuid4().hex}@example.com"
    made = database.signup(
        email=email,
        password="grace approves hours 7",
        connection=CONNECTION,
        user_metadata={"theme": "dark"},
        given_name="Grace",
    )
    assert made["email"] == email
    assert made["email_verified"] is False
    assert made["_id"]
    with pytest.raises(Auth0Error) as taken:
        database.signup(email=email, password="another 7 Words", connection=CONNECTION)
    assert taken.value.error_code == "invalid_signup"
    with pytest.raises(Auth0Error) as weak:
        database.signup(email="a@example.com", password="1", connection=CONNECTION)
    assert weak.value.error_code == "invalid_password"
    for address in (email, "nobody@example.com"):
        told = database.change_password(address, CONNECTION)
        assert told == "We've just sent you an email to reset your password."


def test_a_code_by_mail_and_by_text(gate, app, get_token):
    passwordless = Passwordless(gate.domain, "native", protocol="http")
    email = f"{uuid.uuid4().hex}@example.com"
    number = f"+447400{uuid.uuid4().int % 10**6:06d}"
    assert passwordless.email(email, send="code")["email"] == email
    assert passwordless.sms(number)["phone_number"] == number
    for realm, username in (("email", email), ("sms", number)):
        otp = newest_code(app, username)
        said = get_token.passwordless_login(
            username, otp, realm, "openid offline_access", API
        )
        claims = _verifier(gate).verify(said["id_token"])
        assert claims["sub"].startswith(f"{realm}|")
        assert get_token.refresh_token(said["refresh_token"])["access_token"]
        with pytest.raises(Auth0Error) as refused:
            get_token.passwordless_login(username, otp, realm, "openid", API)
        kind = "email" if realm == "email" else "phone number"
        assert refused.value.error_code == "invalid_grant"
        assert refused.value.message == f"Wrong {kind} or verification code."


def test_a_link_by_mail(gate, app, get_token):
    passwordless = Passwordless(gate.domain, "native", protocol="http")
    email = f"{uuid.uuid4().hex}@example.com"
    with pytest.raises(Auth0Error) as refused:
        passwordless.email(email)
    assert refused.value.error_code == "bad.authParams"
    wanted = {
        "response_type": "code",
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "state": STATE,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    passwordless.email(email, auth_params=wanted)
    landed = app.browser.open(newest_link(app, email))
    answer = dict(parse_qsl(urlsplit(landed).query))
    assert answer["state"] == STATE
    said = get_token.authorization_code_pkce(VERIFIER, answer["code"], REDIRECT_URI)
    assert said["id_token"]


def test_a_confidential_client_asks_for_a_code(gate, app):
    email = f"{uuid.uuid4().hex}@example.com"
    bare = Passwordless(gate.domain, "web", protocol="http")
    with pytest.raises(Auth0Error) as refused:
        bare.email(email, send="code")
    assert refused.value.error_code == "invalid_client"
    known = {"client_secret": WEB_SECRET, "protocol": "http"}
    Passwordless(gate.domain, "web", **known).email(email, send="code")
    said = GetToken(gate.domain, "web", **known).passwordless_login(
        email, newest_code(app, email), "email", "openid", API
    )
    assert said["id_token"]


def test_a_password(gate, get_token):
    said = get_token.login(
        "ada@example.com", PASSWORD, scope="openid", realm=CONNECTION
    )
    assert _verifier(gate).verify(said["id_token"])["sub"].startswith("auth0|")
    plain = get_token.login("ada@example.com", PASSWORD, grant_type="password")
    assert plain["access_token"]
    web = GetToken(gate.domain, "web", WEB_SECRET, protocol="http")
    with pytest.raises(Auth0Error) as refused:
        web.login(
            "ada@example.com", "wrong", realm=CONNECTION, forwarded_for="198.51.100.7"
        )
    assert refused.value.error_code == "invalid_grant"
    assert refused.value.message == "Wrong email or password."


def _verifier(gate, *, audience="native"):
    keys = AsymmetricSignatureVerifier(gate.url(".well-known/jwks.json"))
    return TokenVerifier(keys, issuer=gate.issuer, audience=audience)
