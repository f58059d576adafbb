"""``/oauth/token`` with a code, and client authentication (scenario 4, rules 2-5)."""

from __future__ import annotations

import base64
import time

import pytest
from joserfc import jwk, jwt

from gatelodge.model.client import ClientKey
from gatelodge.model.reads import TailLog
from gatelodge.model.writes import PutClientKey

from .gatehouse import (
    API,
    ISSUER,
    MACHINE_SECRET,
    WEB_SECRET,
    Gatehouse,
    Phone,
    Visitor,
    claims_of,
)

INVALID = {"error": "invalid_grant", "error_description": "Invalid authorization code"}


@pytest.fixture
async def code(gate: Gatehouse, visitor: Visitor, phone: Phone) -> str:
    await gate.user("ada@example.com", role="rol_reader")
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    return phone.answer(landed)["code"]


async def test_wrong_verifier(phone, code) -> None:
    answer = await phone.exchange(code, code_verifier="w" * 43)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "Failed to verify code verifier",
    }
    assert (await phone.exchange(code)).status_code == 200


async def test_missing_verifier(phone, code) -> None:
    answer = await phone.exchange(code, code_verifier="")
    assert answer.json()["error"] == "invalid_request"
    assert "code_verifier" in answer.json()["error_description"]


async def test_another_clients_code(gate, phone, code) -> None:
    spa = Phone(gate, "spa", phone.redirect_uri)
    assert (await spa.exchange(code)).json() == INVALID


async def test_altered_redirect_uri(phone, code) -> None:
    answer = await phone.exchange(code, redirect_uri="http://127.0.0.1:1/callback")
    assert answer.json() == INVALID


async def test_missing_redirect_uri(phone, code) -> None:
    answer = await phone.exchange(code, redirect_uri="")
    assert answer.json()["error"] == "invalid_request"


async def test_expired_code(gate, phone, code) -> None:
    gate.clock.turn(seconds=60)
    assert (await phone.exchange(code)).json() == INVALID


async def test_reuse_with_the_right_verifier_at_once_is_a_lost_answer(
    gate, phone, code
) -> None:
    tokens = (await phone.exchange(code)).json()
    gate.clock.turn(seconds=9)
    assert (await phone.exchange(code)).json() == INVALID
    assert (await phone.renew(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize(("later", "verifier"), [(11, "v" * 43), (1, "w" * 43)])
async def test_any_other_reuse_ends_the_family(
    gate, phone, code, later, verifier
) -> None:
    tokens = (await phone.exchange(code)).json()
    gate.clock.turn(seconds=later)
    again = await phone.exchange(code, code_verifier=verifier)
    assert again.json() == INVALID
    assert (await phone.renew(tokens["refresh_token"])).status_code == 400


@pytest.mark.parametrize("scope", ["openid offline_access", "openid"])
async def test_reuse_ends_the_opaque_access_token_too(
    gate, visitor, phone, scope
) -> None:
    await gate.user("ada@example.com")
    url = phone.authorize_url(audience=None, scope=scope)
    code = phone.answer(await visitor.sign_in(url, "ada@example.com"))["code"]
    tokens = (await phone.exchange(code)).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await phone.http.get("/userinfo", headers=headers)).status_code == 200
    gate.clock.turn(seconds=11)
    await phone.exchange(code)
    assert (await phone.http.get("/userinfo", headers=headers)).status_code == 401


async def test_json_body_means_the_same(phone, code) -> None:
    body = {
        "grant_type": "authorization_code",
        "client_id": phone.client_id,
        "code": code,
        "redirect_uri": phone.redirect_uri,
        "code_verifier": phone.verifier,
        "scope": None,
    }
    answer = await phone.http.post("/oauth/token", json=body)
    assert answer.status_code == 200
    assert isinstance(answer.json()["expires_in"], int)


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "invalid_request"),
        (b"[]", "application/json", "invalid_request"),
        (
            b'{"grant_type": "x", "grant_type": "y"}',
            "application/json",
            "invalid_request",
        ),
        (b'{"grant_type": NaN}', "application/json", "invalid_request"),
        (b"[" * 100_000, "application/json", "invalid_request"),
        (b"\xff\xfe", "application/json", "invalid_request"),
        (b"a=1&a=2", "application/x-www-form-urlencoded", "invalid_request"),
        (b"a=%ff", "application/x-www-form-urlencoded", "invalid_request"),
        (b"\xff=1", "application/x-www-form-urlencoded", "invalid_request"),
        (b"grant_type=x", "text/plain", "invalid_request"),
        (b"", "application/x-www-form-urlencoded", "invalid_request"),
        (
            b"grant_type=dance",
            "application/x-www-form-urlencoded",
            "unsupported_grant_type",
        ),
        (
            b"grant_type=implicit",
            "application/x-www-form-urlencoded",
            "unsupported_grant_type",
        ),
    ],
)
async def test_unreadable_bodies(phone, body, kind, error) -> None:
    headers = {"content-type": kind}
    answer = await phone.http.post("/oauth/token", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.headers["content-type"] == "application/json"


async def test_an_oversized_body(phone) -> None:
    answer = await phone.http.post("/oauth/token", content=b"a" * 200_000)
    assert answer.status_code == 413


async def test_grant_not_allowed(gate, phone) -> None:
    await gate.change_client("native", grant_types=("authorization_code",))
    answer = await phone.renew("rt_x")
    assert answer.json() == {
        "error": "unauthorized_client",
        "error_description": "Grant type 'refresh_token' not allowed for the client.",
    }


async def test_auth0_profile_changes_statuses_only(gate, phone, code) -> None:
    plain = await phone.renew("rt_x")
    await gate.settings(error_profile="auth0")
    other = await phone.renew("rt_x")
    assert (plain.status_code, other.status_code) == (400, 403)
    assert plain.json() == other.json()


class TestClientAuthentication:
    async def ask(self, phone: Phone, headers=None, **fields: str):
        body = {"grant_type": "client_credentials", "audience": API, **fields}
        return await phone.http.post("/oauth/token", data=body, headers=headers or {})

    def basic(self, user: str, secret: str) -> dict[str, str]:
        text = base64.b64encode(f"{user}:{secret}".encode()).decode()
        return {"authorization": f"Basic {text}"}

    async def test_post_and_basic(self, phone) -> None:
        post = await self.ask(phone, client_id="machine", client_secret=MACHINE_SECRET)
        basic = await self.ask(phone, self.basic("machine", MACHINE_SECRET))
        assert (post.status_code, basic.status_code) == (200, 200)
        claims = claims_of(basic.json()["access_token"])
        assert claims["sub"] == "machine@clients"
        assert claims["gty"] == "client-credentials"
        assert basic.json()["scope"] == "read:x"
        assert "refresh_token" not in basic.json()

    async def test_wrong_secret_basic_is_challenged(self, phone) -> None:
        answer = await self.ask(phone, self.basic("machine", "wrong"))
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
        assert answer.headers["www-authenticate"].startswith("Basic")

    @pytest.mark.parametrize("secret", ["wrong", ""])
    async def test_wrong_or_no_secret(self, phone, secret) -> None:
        answer = await self.ask(phone, client_id="machine", client_secret=secret)
        assert answer.json() == {
            "error": "invalid_client",
            "error_description": "Unauthorized",
        }

    async def test_two_methods_at_once(self, phone) -> None:
        answer = await self.ask(
            phone,
            self.basic("machine", MACHINE_SECRET),
            client_secret=MACHINE_SECRET,
        )
        assert answer.json()["error"] == "invalid_request"

    async def test_unknown_client(self, phone) -> None:
        answer = await self.ask(phone, client_id="nobody")
        assert answer.status_code == 401

    async def test_public_client_with_an_empty_basic_secret(self, phone, code) -> None:
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": phone.redirect_uri,
            "code_verifier": phone.verifier,
        }
        headers = self.basic("native", "")
        answer = await phone.http.post("/oauth/token", data=body, headers=headers)
        assert answer.status_code == 200

    async def test_public_client_cannot_act_for_itself(self, gate, phone) -> None:
        await gate.change_client("native", grant_types=("client_credentials",))
        answer = await self.ask(phone, client_id="native")
        assert answer.json()["error"] == "unauthorized_client"

    async def test_no_client_grant(self, gate, phone) -> None:
        await gate.change_client("web", grant_types=("client_credentials",))
        answer = await self.ask(phone, client_id="web", client_secret=WEB_SECRET)
        assert answer.json()["error"] == "access_denied"
        assert "client-grant" in answer.json()["error_description"]

    async def test_narrower_scope(self, phone) -> None:
        answer = await self.ask(
            phone,
            client_id="machine",
            client_secret=MACHINE_SECRET,
            scope="read:x write:x",
        )
        assert answer.json()["scope"] == "read:x"


class TestPrivateKeyJwt:
    @pytest.fixture
    async def key(self, gate: Gatehouse):
        gate.clock.at = int(time.time() * 1000)
        key = jwk.RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
        await gate.change_client("machine", auth_method="private_key_jwt")
        public = {
            name: str(value) for name, value in key.as_dict(private=False).items()
        }
        await gate.write(
            PutClientKey(
                key=ClientKey(client_id="machine", kid="k1", jwk=public, created_at=0)
            )
        )
        return key

    def assertion(self, gate, key, **changes) -> str:
        now = gate.clock.at // 1000
        claims = {
            "iss": "machine",
            "sub": "machine",
            "aud": f"{ISSUER}oauth/token",
            "jti": "j1",
            "iat": now,
            "exp": now + 60,
            **changes,
        }
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)

    async def ask(self, phone, assertion: str):
        body = {
            "grant_type": "client_credentials",
            "audience": API,
            "client_assertion": assertion,
            "client_assertion_type": (
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            ),
        }
        return await phone.http.post("/oauth/token", data=body)

    async def test_good_once_only(self, gate, phone, key) -> None:
        assertion = self.assertion(gate, key)
        assert (await self.ask(phone, assertion)).status_code == 200
        again = await self.ask(phone, assertion)
        assert again.json()["error"] == "invalid_client"
        (line,) = await gate.house.store.read(TailLog(type="feccft"))
        assert line.client_id == "machine"
        assert line.details["rule"] == "RFC7523-3.7"

    @pytest.mark.parametrize(
        "changes",
        [
            {"aud": "https://other/"},
            {"aud": [{"x": 1}]},
            {"iss": "web"},
            {"jti": ""},
            {"jti": None},
            {"exp": 1},
            {"exp": "soon"},
            {"exp": True},
            {"iat": 99_999_999_999},
            {"exp": 99_999_999_999},
        ],
    )
    async def test_refused(self, gate, phone, key, changes) -> None:
        answer = await self.ask(phone, self.assertion(gate, key, **changes))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        (line,) = await gate.house.store.read(TailLog(type="feccft"))
        assert line.client_id == "machine"
        assert line.details["because"].startswith("assertion: ")

    async def test_a_secret_does_not_do(self, gate, phone, key) -> None:
        answer = await phone.http.post(
            "/oauth/token",
            data={
                "grant_type": "client_credentials",
                "audience": API,
                "client_id": "machine",
                "client_secret": MACHINE_SECRET,
            },
        )
        assert answer.status_code == 401

    async def test_rubbish(self, phone, key) -> None:
        for rubbish in ("x", "a.b.c", "." * 8000):
            assert (await self.ask(phone, rubbish)).status_code == 401
