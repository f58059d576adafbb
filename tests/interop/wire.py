"""Requests of mobile SDKs, word for word, from ``wire/*.json``.

A file says which client sends what, and what it needs of the answer. ``${name}`` stands
for what a run knows: the code, the verifier, the server's domain. A query parameter
whose value is null is sent by its name alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2

FOLDER = Path(__file__).parent / "wire"


@dataclass(frozen=True)
class Wire:
    """One golden request."""

    name: str
    client: str
    does: str
    request: dict[str, Any]
    answer: dict[str, Any]

    def url(self, issuer: str, values: Mapping[str, str]) -> str:
        """The whole address, for a browser or a call."""
        query = _filled(self.request.get("query", {}), values)
        pairs = (
            name if value is None else f"{name}={quote(value, safe='')}"
            for name, value in query.items()
        )
        address = issuer.rstrip("/") + self.request["path"]
        return f"{address}?{'&'.join(pairs)}" if query else address

    def send(
        self, http: httpx2.Client, issuer: str, values: Mapping[str, str]
    ) -> httpx2.Response:
        """Send exactly this, and check what the client needs of the answer."""
        headers = _filled(self.request["headers"], values)
        method, url = self.request["method"], self.url(issuer, values)
        body = self._body(values)
        # A bare Request: no header is sent that the client does not send.
        request = httpx2.Request(method, url, headers=headers, content=body)
        answer = http.send(request)
        self.check(answer, values)
        return answer

    def check(self, answer: httpx2.Response, values: Mapping[str, str]) -> None:
        wanted = _filled(self.answer, values)
        assert answer.status_code == wanted["status"], (self.name, answer.text)
        if "has" in wanted:
            assert answer.headers["content-type"].startswith("application/json")
            missing = set(wanted["has"]) - set(answer.json())
            assert not missing, (self.name, missing)
            assert type(answer.json().get("expires_in", 0)) is int, self.name
        if wanted.get("empty"):
            assert answer.content == b"", self.name
            assert "content-type" not in answer.headers, self.name
        if "location" in wanted:
            assert answer.headers["location"] == wanted["location"], self.name

    def _body(self, values: Mapping[str, str]) -> bytes | None:
        if "json" in self.request:
            return json.dumps(_filled(self.request["json"], values)).encode()
        if "form" in self.request:
            form = _filled(self.request["form"], values)
            pairs = (f"{name}={quote_plus(value)}" for name, value in form.items())
            return "&".join(pairs).encode()
        return None


def load(name: str) -> Wire:
    """The golden request of that name, without ``.json``."""
    return Wire(name=name, **json.loads((FOLDER / f"{name}.json").read_text()))


def names() -> list[str]:
    """All golden requests."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return Template(value).substitute(values)
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one, values) for name, one in value.items()}
    return value
