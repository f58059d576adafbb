"""A small OpenID Provider on loopback, real down to the socket, with faults to order."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "timesheets-desktop"


def new_key(kid: str = "key-1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid}, private=True)


@dataclass
class Family:
    """One sign-in's refresh tokens: the old one gives the same successor."""

    nonce: str
    generation: int = 0
    ended: bool = False
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def token(self, generation: int) -> str:
        return f"rt.{self.secret}.{generation}"


@dataclass
class Behaviour:
    """Everything a test may bend."""

    slash: bool = True
    names_itself: bool = True
    end_session: bool = True
    revocation: bool = True
    expires_in: Any = 3600
    rotate: bool = True
    refresh_tokens: bool = True
    claims: dict[str, Any] = field(default_factory=dict)
    refresh_claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    signer: Callable[[dict[str, Any]], str] | None = None
    authorize_error: tuple[str, str] | None = None
    response_extra: list[tuple[str, str]] = field(default_factory=list)
    response_iss: str | None = None
    # per path, each taken once: an int status, "drop", ("json", status, object[, location])
    faults: dict[str, deque[Any]] = field(default_factory=dict)
    delay: float = 0.0


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is part of the tests; anything else is not."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*_)


class Provider:
    """State and rules; the handler below only speaks HTTP."""

    def __init__(self, key: RSAKey) -> None:
        self.behave = Behaviour()
        self.key = key
        self.keys = [self.key]
        self.seen: Counter[str] = Counter()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.families: dict[str, Family] = {}
        self.live: set[str] = set()
        self.bearers: list[str] = []  # what the API was shown
        self.rotations = 0
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"op": self}))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def issuer(self) -> str:
        return self.base + ("/" if self.behave.slash else "")

    def fault(self, path: str, *faults: Any) -> None:
        self.behave.faults[path] = deque(faults)

    def metadata(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/oauth/token",
            "jwks_uri": f"{self.base}/jwks",
            "code_challenge_methods_supported": ["S256"],
        }
        if self.behave.revocation:
            document["revocation_endpoint"] = f"{self.base}/oauth/revoke"
        if self.behave.end_session:
            document["end_session_endpoint"] = f"{self.base}/oidc/logout"
        if self.behave.names_itself:
            document["authorization_response_iss_parameter_supported"] = True
        return document | self.behave.metadata

    def jwks(self) -> dict[str, Any]:
        return {
            "keys": [
                k.as_dict(private=False) | {"alg": "RS256", "use": "sig"}
                for k in self.keys
            ]
        }

    def authorize(self, asked: dict[str, str]) -> str:
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert "openid" in asked["scope"].split()
        back: list[tuple[str, str]] = [("state", asked["state"])]
        if self.behave.authorize_error is not None:
            error, words = self.behave.authorize_error
            back += [("error", error), ("error_description", words)]
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back.append(("code", code))
        if self.behave.response_iss is not None or self.behave.names_itself:
            back.append(("iss", self.behave.response_iss or self.issuer))
        back += self.behave.response_extra
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("client_id") != CLIENT:
            return 401, {"error": "invalid_client"}
        with self.lock:
            if form["grant_type"] == "authorization_code":
                return self._code(form)
            return self._refresh(form)

    def _code(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return 403, {
                "error": "invalid_grant",
                "error_description": "Invalid authorization code",
            }
        if asked["redirect_uri"] != form["redirect_uri"]:
            return 403, {"error": "invalid_grant"}
        family = Family(nonce=asked["nonce"])
        self.families[family.secret] = family
        claims = {"nonce": family.nonce, "auth_time": int(time.time())}
        said = self._issue(family, claims | self.behave.claims)
        return 200, said | self._token(family)

    def _refresh(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        _, secret, generation = form["refresh_token"].split(".")
        family = self.families.get(secret)
        if family is None or family.ended:
            return 403, {
                "error": "invalid_grant",
                "error_description": "Unknown or invalid refresh token.",
            }
        if self.behave.rotate:
            if int(generation) == family.generation:
                family.generation += 1
                self.rotations += 1
            elif int(generation) != family.generation - 1:
                family.ended = True
                return 403, {"error": "invalid_grant"}
        said = self._issue(family, self.behave.refresh_claims)
        return 200, said | (self._token(family) if self.behave.rotate else {})

    def _issue(self, family: Family, claims: dict[str, Any]) -> dict[str, Any]:
        access_token = f"at.{secrets.token_urlsafe(16)}"
        self.live.add(access_token)
        now = int(time.time())
        whole = {
            "iss": self.issuer,
            "sub": "auth0|ada",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 36000,
            "email": "ada@example.com",
            **claims,
        }
        whole = {k: v for k, v in whole.items() if v is not None}
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.behave.expires_in,
            "scope": "openid profile email offline_access",
            "id_token": (self.behave.signer or self.sign)(whole),
        }

    def _token(self, family: Family) -> dict[str, Any]:
        if not self.behave.refresh_tokens:
            return {}
        return {"refresh_token": family.token(family.generation)}

    def revoke(self, asked: dict[str, str]) -> dict[str, Any]:
        self.families[asked["token"].split(".")[1]].ended = True
        return {}

    def logout(self, asked: dict[str, str]) -> str:
        back = urlencode({"state": asked["state"]})
        return f"{asked['post_logout_redirect_uri']}?{back}"

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the provider it is bound to."""

    protocol_version = "HTTP/1.1"
    op: Provider

    def log_message(self, *_: Any) -> None:
        """Keep the test output quiet."""

    def do_GET(self) -> None:
        self._serve(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        form = parse_qs(body.decode(), strict_parsing=True)
        self._serve({name: value for name, [value] in form.items()})

    def _serve(self, asked: dict[str, str]) -> None:
        path, op = urlsplit(self.path).path, self.op
        with op.lock:
            op.seen[path] += 1
            op.forms.append((path, asked))
            waiting = op.behave.faults.get(path)
            fault = waiting.popleft() if waiting else None
        time.sleep(op.behave.delay)
        if isinstance(fault, int):
            return self._say(fault, {"error": "temporarily_unavailable"})
        if isinstance(fault, tuple):
            return self._say(*fault[1:])
        status, said, location = self._route(path, asked)
        if fault == "drop":  # committed, but the answer never arrives
            self.close_connection = True
            return self.connection.shutdown(socket.SHUT_RDWR)
        return self._say(status, said, location)

    def _route(self, path: str, asked: dict[str, str]) -> tuple[int, Any, str]:
        op = self.op
        routes: dict[str, Callable[[], tuple[int, Any, str]]] = {
            "/.well-known/openid-configuration": lambda: (200, op.metadata(), ""),
            "/jwks": lambda: (200, op.jwks(), ""),
            "/authorize": lambda: (302, {}, op.authorize(asked)),
            "/oauth/token": lambda: (*op.token(asked), ""),
            "/oauth/revoke": lambda: (200, op.revoke(asked), ""),
            "/oidc/logout": lambda: (302, {}, op.logout(asked)),
            "/v2/logout": lambda: (302, {}, asked["returnTo"]),
            "/api": self._api,
        }
        return routes.get(path, lambda: (404, {"error": "not_found"}, ""))()

    def _api(self) -> tuple[int, Any, str]:
        shown = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.op.bearers.append(shown)
        return (200, {"ok": True}, "") if shown in self.op.live else (401, {}, "")

    def _say(self, status: int, said: Any, location: str = "") -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
