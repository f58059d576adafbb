"""What breaks a real client when it is broken: one test a rule, by its number.

Here are the rules for what the server answers to an app; those that a browser meets
stand in ``test_clients_rules_browser.py``. The rules for the Management API and for
silent sign-in in a frame (31, 32, 38, 39) come with these features.
"""

from __future__ import annotations

import re
import time
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.interop.app import REDIRECT_URI, SCOPE, VERIFIER, parts_of
from tests.interop.gate import API, WEB_SECRET

CONNECTION = "Username-Password-Authentication"
_ERRORS = (
    ("invalid_request", {}),
    ("invalid_client", {"grant_type": "refresh_token", "client_id": "nobody"}),
    ("unsupported_grant_type", {"grant_type": "x", "client_id": "native"}),
    (
        "unauthorized_client",
        {
            "grant_type": "client_credentials",
            "client_id": "web",
            "client_secret": WEB_SECRET,
        },
    ),
    (
        "invalid_grant",
        {"grant_type": "refresh_token", "client_id": "native", "refresh_token": "rt_x"},
    ),
    (
        "invalid_grant",
        {"grant_type": "authorization_code", "client_id": "native", "code": "ac_x"},
    ),
)


@pytest.fixture
def metadata(app):
    return app.http.get(".well-known/openid-configuration").json()


def test_rule_01_one_issuer_with_a_slash_everywhere(app, gate, metadata):
    answer = app.sign_in()
    tokens = app.exchange(answer["code"]).json()
    issuers = {
        metadata["issuer"],
        answer["iss"],
        parts_of(tokens["id_token"])[1]["iss"],
        parts_of(tokens["access_token"])[1]["iss"],
    }
    assert issuers == {gate.issuer}
    assert gate.issuer.endswith("/")


@pytest.mark.parametrize("kind", ["json", "data"])
def test_rule_02_json_and_forms(app, kind):
    body = {
        "client_id": "native",
        "grant_type": "authorization_code",
        "code": app.sign_in()["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    tokens = app.http.post("oauth/token", **{kind: body})
    assert tokens.status_code == 200, tokens.text
    token = tokens.json()["refresh_token"]
    revoked = {"client_id": "native", "token": token}
    assert app.http.post("oauth/revoke", **{kind: revoked}).status_code == 200
    assert app.renew(token).json()["error"] == "invalid_grant"


def test_rule_03_every_grant_answers_in_full(app):
    tokens = app.tokens()
    for answer in (tokens, app.renew(tokens["refresh_token"]).json()):
        for name in ("access_token", "token_type", "id_token"):
            assert isinstance(answer[name], str)
            assert answer[name]
        assert type(answer["expires_in"]) is int


def test_rule_04_the_type_is_bearer(app):
    tokens = app.tokens()
    renewed = app.renew(tokens["refresh_token"]).json()
    assert {tokens["token_type"], renewed["token_type"]} == {"Bearer"}


def test_rule_05_the_life_is_a_number(app):
    tokens = app.tokens()
    renewed = app.renew(tokens["refresh_token"]).json()
    for answer in (tokens, renewed):
        assert type(answer["expires_in"]) is int
        assert answer["expires_in"] > 0


@pytest.mark.parametrize(("error", "body"), _ERRORS)
def test_rule_06_errors_are_json(app, error, body):
    answer = app.http.post("oauth/token", json=body)
    assert "application/json" in answer.headers["content-type"]
    assert answer.json()["error"] == error


def test_rule_07_errors_are_texts(app):
    answers = [app.http.post("oauth/token", json=body).json() for _, body in _ERRORS]
    assert {type(one["error"]) for one in answers} == {str}
    assert {type(one["error_description"]) for one in answers} == {str}
    body = {"client_id": "native", "connection": CONNECTION}
    weak = {**body, "email": "a@example.com", "password": "1"}
    for refused in (body, weak):
        answer = app.http.post("dbconnections/signup", json=refused)
        told = answer.json()
        assert 400 <= answer.status_code < 500
        assert isinstance(told.get("code") or told["error"], str)


def test_rule_08_keys_say_all_that_sdks_read(app):
    keys = app.http.get(".well-known/jwks.json").json()["keys"]
    signing = [key for key in keys if key["kty"] == "RSA"]
    assert signing
    for key in signing:
        assert (key["alg"], key["use"]) == ("RS256", "sig")
        assert {"kid", "n", "e"} <= key.keys()
        assert not {"d", "p", "q"} & key.keys()


def test_rule_09_id_tokens_are_rs256_with_a_known_kid(app):
    header, _ = parts_of(app.tokens()["id_token"])
    keys = app.http.get(".well-known/jwks.json").json()["keys"]
    assert header["alg"] == "RS256"
    assert header["kid"] in {key["kid"] for key in keys}


def test_rule_10_numbers_nonce_and_auth_time(app):
    tokens = app.tokens(max_age="300")
    _, claims = parts_of(tokens["id_token"])
    assert claims["nonce"] == "n-1"
    assert isinstance(claims["sub"], str)
    assert claims["sub"]
    renewed = app.renew(tokens["refresh_token"]).json()["id_token"]
    for body in (claims, parts_of(renewed)[1]):
        assert {type(body[name]) for name in ("exp", "iat", "auth_time")} == {int}
    assert parts_of(renewed)[1]["auth_time"] == claims["auth_time"]


def test_rule_11_issued_now_for_a_while(app):
    _, claims = parts_of(app.tokens()["id_token"])
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["exp"] > time.time() + 60


def test_rule_12_the_id_token_is_for_the_client_alone(app):
    assert parts_of(app.tokens()["id_token"])[1]["aud"] == "native"


def test_rule_13_the_answer_says_the_scope(app):
    tokens = app.tokens()
    assert set(tokens["scope"].split()) == set(SCOPE.split())
    renewed = app.renew(tokens["refresh_token"]).json()
    assert set(renewed["scope"].split()) == set(SCOPE.split())


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"scope": ""},
        {"scope": SCOPE},
        {"redirect_uri": REDIRECT_URI},
        {"audience": API},
    ],
)
def test_rule_14_extras_of_a_refresh(app, more):
    answer = app.renew(app.tokens()["refresh_token"], **more)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["scope"].split()) == set(SCOPE.split())


def test_rule_15_rotation_hands_out_the_successor(app):
    token = app.tokens()["refresh_token"]
    successor = app.renew(token).json()["refresh_token"]
    assert successor not in ("", token)
    assert app.renew(successor).status_code == 200


def test_rule_16_revocation_answers_with_nothing(app):
    for token in (app.tokens()["refresh_token"], "rt_unknown", "x"):
        answer = app.http.post(
            "oauth/revoke", data={"client_id": "native", "token": token}
        )
        assert (answer.status_code, answer.content) == (200, b"")
        assert "content-type" not in answer.headers


def test_rule_19_the_audience_chooses_the_api(app, gate):
    token = app.tokens()["access_token"]
    header, claims = parts_of(token)
    assert header["alg"] == "RS256"
    assert claims["aud"] == [API, f"{gate.issuer}userinfo"]
    assert app.userinfo(token).status_code == 200


@pytest.mark.parametrize("way", ["basic", "parameter", "basic and parameter"])
def test_rule_22_public_clients_may_send_an_empty_secret(app, way):
    body = {
        "grant_type": "authorization_code",
        "code": app.sign_in()["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        **({"client_id": "native", "client_secret": ""} if "parameter" in way else {}),
    }
    basic = b64encode(b"native:").decode()
    headers = {"Authorization": f"Basic {basic}"} if "basic" in way else {}
    answer = app.http.post("oauth/token", data=body, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("client_id", ["web", "web-basic"])
@pytest.mark.parametrize("way", ["basic", "post"])
def test_rule_23_basic_and_post_for_every_secret(app, client_id, way):
    landed = app.browser.open(app.authorize_url(client_id=client_id))
    code = dict(parse_qsl(urlsplit(landed).query))["code"]
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    if way == "post":
        body |= {"client_id": client_id, "client_secret": WEB_SECRET}
    auth = (client_id, WEB_SECRET) if way == "basic" else None
    answer = app.http.post("oauth/token", data=body, auth=auth)
    assert answer.status_code == 200, answer.text


def test_rule_28_texts_that_sdks_compare(app):
    refused = app.renew("rt_x").json()
    assert refused["error_description"] == "Unknown or invalid refresh token."
    nobody = app.http.post(
        "oauth/token", json={"client_id": "x", "grant_type": "refresh_token"}
    )
    assert nobody.json()["error_description"] == "Unauthorized"
    wrong = app.exchange(app.sign_in()["code"], code_verifier="w" * 43).json()
    assert wrong["error"] == "invalid_grant"
    assert wrong["error_description"] == "Failed to verify code verifier"


def test_rule_33_a_time_is_text_with_milliseconds(app):
    for claims in _claims_of_a_person(app):
        moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        assert re.fullmatch(moment, claims["updated_at"])


def test_rule_34_verified_is_a_boolean(app):
    for claims in _claims_of_a_person(app):
        assert claims["email_verified"] is True


def test_rule_35_tokens_by_200_and_errors_by_4xx(app):
    answer = app.exchange(app.sign_in()["code"])
    assert answer.status_code == 200
    for _, body in _ERRORS:
        refused = app.http.post("oauth/token", json=body)
        assert 400 <= refused.status_code < 500


@pytest.mark.parametrize(
    "telemetry",
    [
        b64encode(b'{"name":"x>?","version":"1"}').decode(),
        urlsafe_b64encode(b'{"name":"x>?","version":"1"}').decode().rstrip("="),
        "not base64 at all",
    ],
)
def test_rule_40_telemetry_is_never_refused(app, telemetry):
    code = app.sign_in(auth0Client=telemetry)["code"]
    body = {
        "client_id": "native",
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    answer = app.http.post(
        "oauth/token", json=body, headers={"Auth0-Client": telemetry}
    )
    assert answer.status_code == 200


def _claims_of_a_person(app):
    """In the ID token, and at ``/userinfo``."""
    tokens = app.tokens()
    yield parts_of(tokens["id_token"])[1]
    yield app.userinfo(tokens["access_token"]).json()
