"""A seeded fuzz of every route: nothing is a crash, nothing is kept (R5 in small)."""

from __future__ import annotations

import gc
import random
import tracemalloc
from urllib.parse import quote

from gatelodge.web.routes import ROUTES
from tests.protocol.gatehouse import API, Gatehouse, Phone, Visitor, form_of
from tests.security.wire import HOST, raw

ROUNDS = 2500
SEED = 20260101
MOST_GROWTH = 3_000_000
NAMES = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "audience",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "code",
    "prompt",
    "max_age",
    "login_hint",
    "screen_hint",
    "ui_locales",
    "id_token_hint",
    "claims",
    "acr_values",
    "connection",
    "request",
    "request_uri",
    "grant_type",
    "refresh_token",
    "token",
    "client_assertion",
    "decision",
    "cancel",
    "client_assertion_type",
    "username",
    "email",
    "password",
    "ticket",
    "returnTo",
    "logout_hint",
    "sent",
    "id",
    "post_logout_redirect_uri",
    "access_token",
    "user_metadata",
    "federated",
    "name",
    "x",
]
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")
HEADERS = (
    b"accept",
    b"accept-language",
    b"authorization",
    b"origin",
    b"cookie",
    b"sec-fetch-site",
    b"user-agent",
    b"x-forwarded-for",
    b"content-length",
)
KINDS = (
    b"application/x-www-form-urlencoded",
    b"application/json",
    b"application/json; charset=utf-16",
    b"multipart/form-data; boundary=x",
    b"text/plain",
    b"",
)
SCRAPS = (
    "",
    "0",
    "-1",
    "null",
    "true",
    "[]",
    "{}",
    '{"a":1}',
    "NaN",
    "1e999",
    "'",
    '"',
    "<b>",
    "\x00",
    "\r\n",
    "\x7f",
    "\ufffd",
    "\u202e",
    "\ufdfa" * 30,
    "\U0001f600",
    "\u00e9",
    "\u0131",
    "%",
    "%00",
    "%ff",
    "%zz",
    "..",
    "//",
    "\\",
    "a b",
    "A" * 43,
    "v" * 43,
    "x" * 5000,
    "none",
    "login",
    "none login",
    "consent",
    "create",
    "code",
    "token",
    "query",
    "fragment",
    "form_post",
    "S256",
    "plain",
    "openid",
    "openid profile offline_access",
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "native",
    "web",
    "spa",
    "third",
    "machine",
    API,
    "ada@example.com",
    "accept",
    "continue",
    "logout",
    "com.example.app:/callback",
    "http://127.0.0.1:1/callback",
    "https://web.example.com/callback",
    "javascript:alert(1)",
    "rt_x",
    "ac_x",
    "at_x",
    "ti_x",
    "a.b.c",
    "eyJhbGciOiJub25lIn0.e30.",
    '{"id_token":{"sub":{"value":1}}}',
    '{"userinfo":[]}',
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
)


class Fuzzer:
    """Makes requests from scraps, true secrets among them."""

    def __init__(self, genuine: list[str]) -> None:
        self.random = random.Random(SEED)
        self.scraps = [*SCRAPS, *genuine]
        self.paths = sorted({path for _, path in ROUTES})

    def value(self) -> str:
        pick = self.random.choice(self.scraps)
        if self.random.random() < 0.15 and pick:
            place = self.random.randrange(len(pick))
            pick = pick[:place] + chr(self.random.randrange(0x250)) + pick[place + 1 :]
        return pick

    def form(self) -> bytes:
        count = self.random.choice((0, 1, 3, 6, 12, 250))
        pairs = [
            f"{self.random.choice(NAMES)}={quote(self.value(), safe='')}"
            for _ in range(count)
        ]
        text = "&".join(pairs).encode()
        return self.spoiled(text) if self.random.random() < 0.2 else text

    def json(self) -> bytes:
        import json

        members = {self.random.choice(NAMES): self.value() for _ in range(6)}
        deep = '{"a":' * self.random.choice((1, 3, 2000)) + "1"
        text = json.dumps(members)
        return self.random.choice(
            (text, deep, "[" * 3000, text[:-1], text.replace('"', '"\\ud800', 1))
        ).encode()

    def spoiled(self, text: bytes) -> bytes:
        spoil = bytes(self.random.randrange(256) for _ in range(3))
        place = self.random.randrange(len(text) + 1)
        return text[:place] + spoil + text[place:]

    def headers(self) -> list[tuple[bytes, bytes]]:
        chosen = [HOST] if self.random.random() < 0.95 else [(b"host", b"\xff[")]
        chosen.append((b"content-type", self.random.choice(KINDS)))
        chosen += [
            (name, self.header(name)) for name in HEADERS if self.random.random() < 0.25
        ]
        return chosen

    def header(self, name: bytes) -> bytes:
        words = {
            b"accept": ["text/html", "*/*"],
            b"sec-fetch-site": ["same-origin", "none", "cross-site"],
            b"authorization": ["Basic bmF0aXZlOg==", "Bearer x", "Basic \xff"],
            b"accept-language": ["de", "de;q=2, en;q=x", "a-" * 400],
            b"cookie": [f"gatelodge={self.value()}", f"gatelodge_browser={'b' * 32}"],
            b"content-length": ["1", "\xb2", "99999999999", "-1"],
        }
        pick = self.random.choice([*words.get(name, []), self.value()])
        return pick.encode("latin-1", "replace")

    def path(self) -> str:
        path = self.random.choice(self.paths)
        if self.random.random() < 0.1:
            path += self.random.choice(
                ("/", "//", "/..", "\x00", "%2e", "\u00e9", "?", "#")
            )
        return path if self.random.random() > 0.05 else f"//ios/{self.value()}"


async def fire(gate: Gatehouse, fuzzer: Fuzzer, count: int) -> set[int]:
    statuses: set[int] = set()
    for _ in range(count):
        method, path = fuzzer.random.choice(METHODS[:2] * 4 + METHODS), fuzzer.path()
        query, headers = fuzzer.form(), fuzzer.headers()
        body = fuzzer.random.choice((fuzzer.form, fuzzer.json))()
        answer = await raw(gate, method, path, query=query, headers=headers, body=body)
        assert answer.status < 500, (method, path, query[:300], headers, body[:300])
        assert "Traceback" not in answer.text
        for value in answer.headers.values():
            assert "\r" not in value
            assert "\n" not in value
        statuses.add(answer.status)
    return statuses


async def genuine(gate: Gatehouse) -> list[str]:
    """Real values, so that the fuzz gets past the first door."""
    visitor, phone = Visitor(gate), Phone(gate)
    tokens = await phone.tokens(visitor, "ada@example.com")
    page = await visitor.get(phone.authorize_url(prompt="login"))
    found = [form_of(page.text).fields["state"], *visitor.client.cookies.values()]
    return [*found, *(value for value in tokens.values() if isinstance(value, str))]


async def test_no_request_is_a_crash_and_none_is_kept(gate: Gatehouse) -> None:
    await gate.user("ada@example.com", role="rol_reader")
    fuzzer = Fuzzer(await genuine(gate))
    statuses = await fire(gate, fuzzer, ROUNDS // 2)
    assert {200, 303, 400, 401, 403, 404, 405, 413, 421} <= statuses
    store = gate.house.store
    gate.house.store = Forgetful(store)  # type: ignore[assignment]
    await fire(gate, fuzzer, 300)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    await fire(gate, fuzzer, ROUNDS // 4)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    gate.house.store = store
    assert after - before < MOST_GROWTH


class Forgetful:
    """The real store, but it keeps nothing: what grows then is our own memory."""

    def __init__(self, store: object) -> None:
        self._store = store

    async def read(self, question: object) -> object:
        return await self._store.read(question)  # type: ignore[attr-defined]

    async def commit(self, writes: object) -> bool:
        return True
