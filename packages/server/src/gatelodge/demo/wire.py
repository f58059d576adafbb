"""What goes over the wire, listened to with HTTP clients that report each answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. ``sent`` and ``got`` are parameters by name."""

    who: str
    method: str
    url: str
    status: int
    sent: Mapping[str, Any] = field(default_factory=dict, repr=False)
    got: Mapping[str, Any] = field(default_factory=dict, repr=False)
    to: str | None = None

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.url).path


Listener = Callable[[Exchange], None]


def client(who: str, listener: Listener, **options: Any) -> httpx2.Client:
    """An HTTP client whose exchanges are told to ``listener``.

    It goes to loopback directly, whatever proxy the environment names.
    """

    def tell(answer: httpx2.Response) -> None:
        answer.read()
        listener(_exchange(who, answer))

    hooks = {"response": [tell]}
    return httpx2.Client(event_hooks=hooks, trust_env=False, timeout=10, **options)


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address, by name."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def bare(url: str) -> str:
    """An address without its parameters."""
    return url.partition("#")[0].partition("?")[0]


def _exchange(who: str, answer: httpx2.Response) -> Exchange:
    request, location = answer.request, answer.headers.get("location")
    url = str(request.url)
    got = _json(answer) if location is None else query_of(location)
    challenge = answer.headers.get("www-authenticate")
    return Exchange(
        who=who,
        method=request.method,
        url=bare(url),
        status=answer.status_code,
        sent=query_of(url) | _body(request) | _bearer(request),
        got={**({"WWW-Authenticate": challenge} if challenge else {}), **got},
        to=None if location is None else bare(location),
    )


def _body(request: httpx2.Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "")
    if "urlencoded" in kind:
        return dict(parse_qsl(request.content.decode(), keep_blank_values=True))
    return _object(request.content) if "json" in kind else {}


def _bearer(request: httpx2.Request) -> dict[str, str]:
    said = request.headers.get("authorization")
    return {} if said is None else {"Authorization": said}


def _json(answer: httpx2.Response) -> dict[str, Any]:
    is_json = "json" in answer.headers.get("content-type", "")
    return _object(answer.content) if is_json else {}


def _object(body: bytes) -> dict[str, Any]:
    said = json.loads(body or b"null")
    if isinstance(said, list):
        return {"entries": said}
    return said if isinstance(said, dict) else {}
