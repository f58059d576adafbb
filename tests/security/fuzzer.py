"""Makes requests that nobody sends, from scraps, words of ours and true secrets."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from gatelodge.web.routes import BELOW, ROUTES
from tests.protocol.gatehouse import API
from tests.security.wire import FORM, HOST, HTML, OURS

SEED = 20260101
Place = tuple[str, str]
NAMED: Final = ("house", "house/logout", "x")
"""What stands where a path holds a name; ``house`` is an app that speaks SAML."""
_SOURCES: Final = (
    Path(__file__).parents[2] / "packages" / "server" / "src" / "gatelodge"
)
_ROOMS: Final = ("endpoints", "oauth", "login", "saml_apps", "connections")
# How a parameter is read; whatever a new endpoint reads is fuzzed from then on.
_READ: Final = re.compile(
    r'\.get\(\s*"([\w.-]+)"|"([\w-]+)" (?:not )?in \w+'
    r'|\(\s*[\w.]*(?:form|body|params|query|sent|fields)\w*, "([\w-]+)"|(?:form|body|params|query)\["([\w-]+)"\]'
)
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


def names() -> list[str]:
    """All parameters that our sources read, and some that nobody does."""
    texts = (
        path.read_text("utf-8")
        for room in _ROOMS
        for path in (_SOURCES / room).rglob("*.py")
    )
    found = {
        next(filter(None, one.groups()))
        for text in texts
        for one in _READ.finditer(text)
    }
    return sorted({*found, "x", "cancel", "sent", "returnTo"})


def places() -> list[Place]:
    """Every route, and one with something behind it for each that takes anything."""
    below = ((method, f"{start}{name}") for method, start in BELOW for name in NAMED)
    return sorted({*ROUTES, *below})


class Fuzzer:
    """Makes requests from scraps, true secrets among them."""

    def __init__(self, genuine: list[str]) -> None:
        self.random = random.Random(SEED)
        self.scraps = [*SCRAPS, *genuine]
        self.names = names()
        self.paths = sorted({path for _, path in places()})

    def value(self) -> str:
        pick = self.random.choice(self.scraps)
        if self.random.random() < 0.15 and pick:
            place = self.random.randrange(len(pick))
            pick = pick[:place] + chr(self.random.randrange(0x250)) + pick[place + 1 :]
        return pick

    def form(self) -> bytes:
        count = self.random.choice((0, 1, 3, 6, 12, 250))
        pairs = [
            f"{self.random.choice(self.names)}={quote(self.value(), safe='')}"
            for _ in range(count)
        ]
        text = "&".join(pairs).encode()
        return self.spoiled(text) if self.random.random() < 0.2 else text

    def json(self) -> bytes:
        members = {self.random.choice(self.names): self.member() for _ in range(8)}
        deep = '{"a":' * self.random.choice((1, 3, 2000)) + "1"
        text = json.dumps(members)
        return self.random.choice(
            (text, deep, "[" * 3000, text[:-1], text.replace('"', '"\\ud800', 1))
        ).encode()

    def member(self) -> object:
        """Mostly text; now and then what no text is, or the same one level deeper."""
        if self.random.random() < 0.7:
            return self.value()
        names = self.random.sample(self.names, 3)
        inner: dict[str, object] = dict.fromkeys(names, self.value())
        return self.random.choice((None, True, 0, -1, 1e300, [], ["x", 1], {}, inner))

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

    def aimed(self, count: int) -> Iterator[Place]:
        """Each route, ``count`` times."""
        for place in places():
            yield from (place,) * count

    def likely(self) -> list[tuple[bytes, bytes]]:
        """Headers that get past the door."""
        media = self.random.choice(KINDS[:2]) if self.random.random() < 0.5 else FORM[1]
        chosen = [HOST, OURS, HTML, (b"content-type", media)]
        genuine = self.scraps[len(SCRAPS) :]
        bearer = f"Bearer {self.random.choice(genuine)}".encode()
        cookies = "; ".join(
            f"{name}={self.random.choice(genuine)}"
            for name in ("gatelodge", "gatelodge_browser")
        )
        return [*chosen, (b"authorization", bearer), (b"cookie", cookies.encode())]

    def wild(self) -> Place:
        """Any method at any path."""
        return self.random.choice(METHODS[:2] * 4 + METHODS), self.path()
