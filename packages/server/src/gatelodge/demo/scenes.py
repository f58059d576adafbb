"""The main job: sign in, what the tokens hold, the API's answers, renewal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

import httpx2

from gatelodge.demo import tokens, wire
from gatelodge.demo.company import Company
from gatelodge.demo.narrator import DemoFailed
from gatelodge.demo.timesheets import desktop
from gatelodge.demo.timesheets.api import APPROVE
from gatelodge.demo.timesheets.client import ApiRefused, Timesheets
from gatelodge_app import App

_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
_TASKS: Final = (("Sketch the gate", 6.5), ("Build the gate", 8.0))


def refuse_strangers(company: Company) -> None:
    """A call without a token."""
    with wire.client("somebody without a token", company.tap) as http:
        answer = http.get(f"{company.place.api}timesheets")
    expect(answer.status_code, _UNAUTHORIZED, "a call without a token")
    company.narrator.checked("no token, no answer", "RFC 6750 §3")
    company.narrator.fact("anonymous", answer.status_code)


def show_tokens(company: Company, app: App) -> None:
    """Decode what the app holds."""
    held, narrator = app.tokens(), company.narrator
    for title, token in (
        ("ID token: who signed in, for the app", held.id_token),
        ("Access token: what the app may do, for the API", held.access_token),
    ):
        header, claims = tokens.read(token)
        lines = [(f"header.{name}", str(value)) for name, value in header.items()]
        spoken = tokens.spoken(claims).items()
        lines += [(name, _plain(value)) for name, value in spoken]
        narrator.table(title, ("claim", "value"), lines)
    narrator.fact("signed_in", held.user["email"])
    narrator.fact("scope", held.scope)
    granted = APPROVE in held.scope.split()
    expect(granted, False, f"{APPROVE} granted to an employee")
    narrator.blank()
    narrator.say(
        "Name, e-mail, roles and team came in by claim templates of the tenant file."
        " approve:timesheets was asked for and not granted: Ada's role lacks it."
    )


def call_api(company: Company, api: Timesheets) -> None:
    """What is allowed, and what is not."""
    narrator = company.narrator
    me = api.me()
    narrator.checked(f"the API sees {me['name']} <{me['email']}>, team {me['team']}")
    for days, (task, hours) in enumerate(_TASKS):
        day = date.today() - timedelta(days=len(_TASKS) - days)  # noqa: DTZ011 - the person's own day
        sheet = api.add(day.isoformat(), hours, task=task)
    listed = api.sheets()
    expect(len(listed) >= len(_TASKS), True, "reading back what was written")
    narrator.checked("read and create are Ada's to do", "RFC 9068 §4")
    refused = refusal(lambda: api.approve(sheet["id"]))
    expect(refused.status, _FORBIDDEN, "approving as an employee")
    expect(refused.error, "insufficient_scope", "the reason of the refusal")
    narrator.checked(f"approving needs {APPROVE}, which Ada lacks", "RFC 6750 §3.1")
    narrator.fact("me", me)
    narrator.fact("allowed", company.status("GET", "/timesheets"))
    narrator.fact("created", company.status("POST", "/timesheets"))
    narrator.fact("refused", refused.status)
    narrator.fact("refused_error", refused.error)


def renew(company: Company, app: App) -> None:
    """Rotation, and the same old token once more (RFC 9700 §4.14.2)."""
    narrator = company.narrator
    before = app.tokens()
    after = app.renew()
    expect(after.access_token != before.access_token, True, "a new access token")
    rotated = after.refresh_token != before.refresh_token
    expect(rotated, True, "a new refresh token")
    narrator.checked("both tokens are new; nobody was asked anything", "RFC 6749 §6")
    narrator.blank()
    narrator.say(
        "Suppose that answer was lost on the way. The app would send the old refresh"
        " token again:"
    )
    again = present(company, before.refresh_token)
    expect(again.status_code, _OK, "the old token within the overlap")
    same = again.json()["refresh_token"] == after.refresh_token
    expect(same, True, "the same successor")
    narrator.checked("the same successor again, and nobody is signed out")
    app.renew()
    narrator.checked("and the app goes on with it")
    narrator.fact("renewed", rotated)
    narrator.fact("same_successor", same)


def present(company: Company, refresh_token: str | None) -> httpx2.Response:
    """Send a refresh token by hand, as the app did (RFC 6749 §6)."""
    form = {
        "grant_type": "refresh_token",
        "client_id": desktop.CLIENT_ID,
        "refresh_token": refresh_token or "",
    }
    with wire.client("the same app, by hand", company.tap) as http:
        return http.post(f"{company.place.issuer}oauth/token", data=form)


def refusal(call: Callable[[], object]) -> ApiRefused:
    """The API's no to ``call``. Raises ``DemoFailed`` when it said yes."""
    try:
        call()
    except ApiRefused as refused:
        return refused
    raise DemoFailed("the API allowed what it should refuse")


def expect(found: object, wanted: object, what: str) -> None:
    """Raise ``DemoFailed`` when it is not so."""
    if found != wanted:
        raise DemoFailed(f"{what}: expected {wanted}, got {found}")


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
