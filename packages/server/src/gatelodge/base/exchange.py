"""A request and its reply as values, so that no rule knows the web framework."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import msgspec

NO_STORE: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "no-store", "Pragma": "no-cache"}
)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sent, read once.

    Attributes:
        issuer: our issuer for the host that was asked, with its trailing slash.
        query: the raw query string.
        body: the raw body, at most the limit of ``web.limits``.
        headers: lower-case names.
        ip: the client's address, through trusted proxies only.
        same_origin: None where the browser told nothing, else whether the page that
            sent the request is ours (decisions 19).
    """

    method: str
    path: str
    issuer: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = {}
    cookies: Mapping[str, str] = {}
    ip: str = ""
    same_origin: bool | None = None

    @property
    def agent(self) -> str:
        """The User-Agent header, cut to what a log line holds."""
        return self.headers.get("user-agent", "")[:400]


class Cookie(msgspec.Struct, frozen=True, kw_only=True):
    """A cookie; ``max_age`` in seconds, None for the browser's session, 0 ends it.

    The web room adds ``__Host-``, Secure, HttpOnly and Lax as decisions 19 says.
    """

    name: str
    value: str
    max_age: int | None = None


class Json(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON answer."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = NO_STORE
    media_type: str = "application/json"


class Empty(msgspec.Struct, frozen=True, kw_only=True):
    """A status and nothing else; no Content-Type (contract: clients rule 16)."""

    status: int = 200
    headers: Mapping[str, str] = NO_STORE


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A plain text answer."""

    text: str
    status: int = 200
    media_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = NO_STORE


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """An image; served so that it can only be looked at, whatever it holds."""

    body: bytes
    media_type: str


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    """Go elsewhere; 303 after a POST, so that nothing is posted twice."""

    location: str
    status: Literal[302, 303] = 303
    cookies: tuple[Cookie, ...] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One of our own pages; the web room renders it in the reader's language."""

    name: str
    context: Mapping[str, object]
    status: int = 200
    cookies: tuple[Cookie, ...] = ()
    ui_locales: str | None = None


class FormPost(msgspec.Struct, frozen=True, kw_only=True):
    """The answer travels to the app as a form (OAuth 2.0 Form Post Response Mode).

    ``onward``: it is no answer but a question, to a party that vouches for people.
    """

    action: str
    fields: tuple[tuple[str, str], ...]
    onward: bool = False
    cookies: tuple[Cookie, ...] = ()
    ui_locales: str | None = None


Reply: TypeAlias = Json | Empty | Text | Picture | Redirect | Page | FormPost
