"""Calls of the timesheets API, shared by the desktop app and the CLI."""

from __future__ import annotations

import re
from typing import Any

import httpx2

from gatelodge_app import App

ISSUER = "http://localhost:8421/"
API = "http://127.0.0.1:8422/"
AUDIENCE = "https://timesheets.example.com/"
SCOPE = (
    "openid profile email offline_access"
    " read:timesheets create:timesheets approve:timesheets"
)
_REFUSED = 400
_SAYS = re.compile(r'(error|scope)="([^"]*)"')


class ApiRefused(Exception):
    """The API said no: ``status``, its OAuth ``error``, the ``scope`` it asks for."""

    def __init__(self, status: int, challenge: str) -> None:
        said = dict(_SAYS.findall(challenge))
        self.status = status
        self.error: str | None = said.get("error")
        self.scope: str | None = said.get("scope")
        super().__init__(f"the API answered {status} {self.error or ''}".strip())


class Timesheets:
    """The API as its apps call it; ``http`` may be a client of yours."""

    def __init__(
        self, app: App, url: str = API, *, http: httpx2.Client | None = None
    ) -> None:
        self._http = http or httpx2.Client()
        self._url = url
        self._auth = app.auth(only=url)

    def me(self) -> dict[str, Any]:
        """Who is calling, as the API sees it."""
        found: dict[str, Any] = self._call("GET", "me")
        return found

    def sheets(self) -> list[dict[str, Any]]:
        """The timesheets the person may see."""
        found: list[dict[str, Any]] = self._call("GET", "timesheets")
        return found

    def add(self, day: str, hours: float, *, task: str) -> dict[str, Any]:
        """Write down hours; ``day`` as 2026-01-31."""
        sheet = {"day": day, "hours": hours, "task": task}
        found: dict[str, Any] = self._call("POST", "timesheets", sheet)
        return found

    def approve(self, number: int) -> dict[str, Any]:
        """Approve a sheet."""
        found: dict[str, Any] = self._call("POST", f"timesheets/{number}/approval")
        return found

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        """Raises ``ApiRefused``, httpx2's errors, and what the app raises."""
        url = self._url + path
        answer = self._http.request(method, url, json=body, auth=self._auth)
        if answer.status_code >= _REFUSED:
            challenge = answer.headers.get("www-authenticate", "")
            raise ApiRefused(answer.status_code, challenge)
        return answer.json()
