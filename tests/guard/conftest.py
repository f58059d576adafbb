"""What the guard's tests share: keys, a forge, a clock with hands, a scripted issuer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gatelodge_guard import Guard
from gatelodge_guard.transport import Fetched, FetchFailed

ISSUER = "https://issuer.test/"
AUDIENCE = "https://api.test"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


class SigningKey:
    """A private key that signs by ``cryptography`` alone, so not by what is tested."""

    def __init__(self, alg, private, kid):
        self.alg, self.private, self.kid = alg, private, kid

    def sign(self, data, alg):
        if alg == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if alg == "PS256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return self.private.sign(data, pss, hashes.SHA256())
        if alg == "ES256":
            r, s = decode_dss_signature(
                self.private.sign(data, ec.ECDSA(hashes.SHA256()))
            )
            return r.to_bytes(32) + s.to_bytes(32)
        return self.private.sign(data)

    def jwk(self, **members):
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            n = public.public_numbers()
            shown = {"kty": "RSA", "n": number(n.n), "e": number(n.e)}
        elif isinstance(public, ec.EllipticCurvePublicKey):
            p = public.public_numbers()
            x, y = b64(p.x.to_bytes(32)), b64(p.y.to_bytes(32))
            shown = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        else:
            shown = {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": b64(public.public_bytes_raw()),
            }
        named = {"kid": self.kid, "alg": self.alg, "use": "sig"} | shown | members
        return {k: v for k, v in named.items() if v is not None}

    def token(self, claims, *, header=None):
        head = {"alg": self.alg, "kid": self.kid, "typ": "at+jwt"} | (header or {})
        head = {k: v for k, v in head.items() if v is not None}
        return self.assemble(json.dumps(head).encode(), json.dumps(claims).encode())

    def assemble(self, head, body, *, alg=None):
        data = f"{b64(head)}.{b64(body)}"
        return f"{data}.{b64(self.sign(data.encode(), alg or self.alg))}"


def hmac_token(secret: bytes, claims, header):
    data = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{data}.{b64(hmac.digest(secret, data.encode(), hashlib.sha256))}"


_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_key(alg="ES256", kid="k1"):
    match alg:
        case "ES256":
            return SigningKey(alg, ec.generate_private_key(ec.SECP256R1()), kid)
        case "EdDSA":
            return SigningKey(alg, ed25519.Ed25519PrivateKey.generate(), kid)
    return SigningKey(alg, _RSA, kid)


class Hands:
    """A clock whose hands the test turns; milliseconds."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def turn(self, *, seconds):
        self.now += int(seconds * 1000)


class ScriptedIssuer:
    """A transport whose answers the test changes; it counts the fetches of the set."""

    def __init__(self, *keys, issuer=ISSUER):
        self.keys = list(keys)
        self.base = issuer.rstrip("/") + "/.well-known/"
        self.is_down = False
        self.status = 200
        self.fetches = 0
        self.gate = None
        self.documents = {
            f"{self.base}openid-configuration": {
                "issuer": issuer,
                "jwks_uri": f"{self.base}jwks.json",
            }
        }

    def get(self, url):
        if url == f"{self.base}jwks.json":
            self.fetches += 1
            if self.gate is not None:
                self.gate.wait(5)
            if self.is_down:
                raise FetchFailed("connection refused")
            body = {"keys": [key.jwk() for key in self.keys]}
            return Fetched(self.status, json.dumps(body).encode())
        if url not in self.documents:
            return Fetched(404, b"")
        return Fetched(200, json.dumps(self.documents[url]).encode())


@contextmanager
def http_server(answer, *, tls=None):
    """A real server on the loopback; ``answer(path)`` gives status, headers, body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

        def handle_error(self, request, client_address):
            pass  # a client that hangs up is part of the tests

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def claims_for(now, **changes):
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "auth0|ada",
        "client_id": "native-app",
        "iat": now // 1000,
        "exp": now // 1000 + 600,
        "jti": "j-1",
        "scope": "read:timesheets create:timesheets",
    } | changes
    return {k: v for k, v in said.items() if v is not None}


@pytest.fixture
def hands():
    return Hands(int(time.time()) * 1000)


@pytest.fixture
def key():
    return make_key()


@pytest.fixture
def issuer(key):
    return ScriptedIssuer(key)


@pytest.fixture
def claims(hands):
    """Good claims, with changes; None takes one away."""
    return lambda **changes: claims_for(hands.now, **changes)


@pytest.fixture
def make_guard(issuer, hands):
    """A guard whose both clocks are the test's hands."""

    def build(**options):
        options = {
            "transport": issuer,
            "issuer": ISSUER,
            "audience": AUDIENCE,
        } | options
        return Guard(**options, clock=hands, key_clock=hands)

    return build


@pytest.fixture
def kit():
    """What a test module builds with, as importlib mode has no sibling imports."""

    class Kit:
        pass

    for part in (make_key, hmac_token, ScriptedIssuer, http_server, b64, Hands):
        setattr(Kit, part.__name__, staticmethod(part))
    Kit.ISSUER, Kit.AUDIENCE = ISSUER, AUDIENCE
    return Kit
