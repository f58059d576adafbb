"""Authlib and requests-oauthlib: generic clients of Python."""

from __future__ import annotations

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidClaimError
from joserfc.jwk import KeySet
from oauthlib.oauth2 import InvalidGrantError
from requests_oauthlib import OAuth2Session as RequestsSession

from tests.interop.app import REDIRECT_URI, SCOPE, VERIFIER
from tests.interop.gate import API


@pytest.fixture(autouse=True)
def _over_http(monkeypatch):
    for library in ("AUTHLIB_INSECURE_TRANSPORT", "OAUTHLIB_INSECURE_TRANSPORT"):
        monkeypatch.setenv(library, "1")


@pytest.fixture
def metadata(gate, app):
    return app.http.get(".well-known/openid-configuration").json()


def test_authlib_the_whole_native_flow(gate, person, metadata):
    with OAuth2Session(**_registration(), trust_env=False) as session:
        url, state = session.create_authorization_url(
            metadata["authorization_endpoint"],
            code_verifier=VERIFIER,
            nonce="n-1",
            audience=API,
        )
        token = session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=person.open(url),
            state=state,
            code_verifier=VERIFIER,
        )
        claims = _checked(session.get(metadata["jwks_uri"]).json(), token, gate)
        assert session.get(metadata["userinfo_endpoint"]).json()["sub"] == claims["sub"]
        first = token["refresh_token"]
        renewed = session.refresh_token(metadata["token_endpoint"])
        assert renewed["refresh_token"] != first
        _checked(session.get(metadata["jwks_uri"]).json(), renewed, gate, nonce=None)
        revocation = metadata["revocation_endpoint"]
        answer = session.revoke_token(revocation, renewed["refresh_token"])
        assert (answer.status_code, answer.content) == (200, b"")
        with pytest.raises(OAuthError, match="invalid_grant"):
            session.refresh_token(metadata["token_endpoint"])
    leave = f"{metadata['end_session_endpoint']}?id_token_hint={token['id_token']}"
    left = person.open(f"{leave}&post_logout_redirect_uri={REDIRECT_URI}&state=bye")
    assert left == f"{REDIRECT_URI}?state=bye"


async def test_authlib_async(gate, person, metadata):
    client = AsyncOAuth2Client(**_registration(), trust_env=False)
    async with client:
        url, state = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-1"
        )
        token = await client.fetch_token(
            metadata["token_endpoint"],
            authorization_response=person.open(url),
            state=state,
            code_verifier=VERIFIER,
        )
        keys = (await client.get(metadata["jwks_uri"])).json()
        claims = _checked(keys, token, gate)
        person = (await client.get(metadata["userinfo_endpoint"])).json()
        assert person["sub"] == claims["sub"]
        renewed = await client.refresh_token(metadata["token_endpoint"])
        assert _checked(keys, renewed, gate, nonce=None)["sub"] == claims["sub"]


def test_requests_oauthlib_gets_the_scope_it_asked_for(person, metadata):
    session = RequestsSession(
        "native", redirect_uri=REDIRECT_URI, scope=SCOPE.split(), pkce="S256"
    )
    session.trust_env = False
    url, _ = session.authorization_url(metadata["authorization_endpoint"], audience=API)
    # oauthlib raises when the answer's scope differs from what was asked.
    token = session.fetch_token(
        metadata["token_endpoint"],
        authorization_response=person.open(url),
        include_client_id=True,
    )
    assert set(token["scope"]) == set(SCOPE.split())
    person = session.get(metadata["userinfo_endpoint"]).json()
    assert person["email"] == "ada@example.com"
    renewed = session.refresh_token(metadata["token_endpoint"], client_id="native")
    assert renewed["refresh_token"] != token["refresh_token"]
    with pytest.raises(InvalidGrantError):
        session.refresh_token(
            metadata["token_endpoint"], refresh_token="rt_x", client_id="native"
        )
    session.close()


def _registration():
    return {
        "client_id": "native",
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPE,
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "none",
    }


def _checked(keys, token, gate, *, nonce="n-1"):
    """The ID token's claims, checked by joserfc and Authlib."""
    found = jwt.decode(token["id_token"], KeySet.import_key_set(keys), ["RS256"])
    options = {"iss": {"value": gate.issuer}, "aud": {"value": "native"}}
    params = {"nonce": nonce, "client_id": "native"}
    claims = CodeIDToken(found.claims, found.header, options, params)
    claims.validate()
    with pytest.raises(InvalidClaimError):
        CodeIDToken(
            found.claims, found.header, {"iss": {"value": "http://127.0.0.1:9/"}}
        ).validate()
    return claims
