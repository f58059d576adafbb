"""Coming in: who may see the account page, and who has to prove themselves first.

The page asks the hub as any app does: whoever has to answer something before an app
gets its code (a password, a second factor) has to answer it here too. A sensitive
action wants a proof of the last quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import MINUTE
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Cookie, Exchange, Page, Redirect, Reply
from gatelodge.base.urls import add_query
from gatelodge.endpoints import refusals
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, open_visit, person_of
from gatelodge.house import House, Snapshot
from gatelodge.login.journey import Issue, next_step
from gatelodge.login.opening import touch
from gatelodge.model.builtin import ACCOUNT_CALLBACK
from gatelodge.model.connection import ACCOUNT_CLIENT
from gatelodge.model.reads import SignedIn
from gatelodge.model.session import Session
from gatelodge.model.user import User
from gatelodge.oauth import second_factor

FRESH: Final = 15 * MINUTE
HOME: Final = "/account"
SECTIONS: Final = (
    "profile",
    "email",
    "password",
    "security",
    "identities",
    "devices",
    "apps",
    "data",
    "delete",
)
_INNER: Final = ("authenticator", "passkey")
"""Pages below a section: no line of the overview, but somewhere to come back to."""
DONE: Final = (
    "factor_added",
    "profile",
    "email_sent",
    "password",
    "factor_renamed",
    "factor_removed",
    "connected",
    "disconnected",
    "signed_out",
    "all_signed_out",
    "withdrawn",
)


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is signed in as the hub wants it."""

    snapshot: Snapshot
    visit: Visit
    signed_in: SignedIn

    @property
    def user(self) -> User:
        """Whose account it is."""
        return self.signed_in.person.user

    @property
    def session(self) -> Session:
        """The browser's session."""
        return self.signed_in.session

    def fresh(self, now: int) -> bool:
        """Whether they have proven themselves lately."""
        return now - self.session.auth_time <= FRESH

    @property
    def enough(self) -> bool:
        """Whether they have shown the second factor, if they have one."""
        acr = second_factor.acr_of(self.session.amr)
        return second_factor.proven_enough(self.user, acr)


async def enter(
    house: House, exchange: Exchange, section: str = "", *, fresh: bool = False
) -> Present | Reply:
    """Who is there; or the way to sign in, which leads back to ``section``.

    Raises:
        Refusal: the hub lets them in nowhere: a blocked person.
    """
    visit = open_visit(house, exchange, _request(exchange, section).items())
    signed_in = await person_of(house, exchange, visit)
    now = house.clock.now()
    step = next_step(
        visit.request,
        signed_in,
        visit.transaction,
        catalogue=visit.snapshot.catalogue,
        now=now,
    )
    if signed_in is None or not isinstance(step, Issue):
        return _sign_in(exchange, section)
    present = Present(snapshot=visit.snapshot, visit=visit, signed_in=signed_in)
    if fresh and not (present.fresh(now) and present.enough):
        return _prove(exchange, section, present, now)
    moved = touch(present.session, visit.snapshot.catalogue.settings, now)
    if moved:
        await house.store.commit(moved)
    return present


async def submitted(
    house: House, exchange: Exchange, section: str, *, fresh: bool = True
) -> tuple[Present, Mapping[str, str]] | Reply:
    """Who sent this form, and what; a form of another session's is shown anew.

    So nobody changes the account of whoever signed in after them.
    """
    form = form_of(exchange)
    present = await enter(house, exchange, section, fresh=fresh)
    if not isinstance(present, Present):
        return present
    if form.get("who") != present.session.sid:
        return Redirect(location=path_of(section))
    return present, form


async def came_in(house: House, exchange: Exchange) -> Reply:
    """Where our own /authorize leads back to; the code is of no use to anybody."""
    query = query_of(exchange)
    section = query.get("state", "")
    if "error" not in query:
        return Redirect(location=path_of(section), status=302)
    if query["error"] == "access_denied":  # they went back: nothing has happened
        return Redirect(location="/", status=302)
    return refusals.error_page(
        "not_allowed",
        error="access_denied",
        says="This account cannot be used.",
        trace_id="",
        status=403,
    )


def path_of(section: str, *, done: str | None = None) -> str:
    """A section's address; what is no section leads to the overview."""
    path = f"{HOME}/{section}" if section in (*SECTIONS, *_INNER) else HOME
    return add_query(path, [("done", done)] if done else [])


def done(section: str, what: str, *, cookies: tuple[Cookie, ...] = ()) -> Redirect:
    """The form was good: back to its section, which says so once."""
    return Redirect(location=path_of(section, done=what), cookies=cookies)


def page(
    exchange: Exchange,
    present: Present,
    section: str,
    context: Mapping[str, object],
    *,
    error: str | Mapping[str, object] | None = None,
) -> Page:
    """A section's page."""
    said = query_of(exchange).get("done") if exchange.method != "POST" else None
    return Page(
        name=f"account_{section or 'home'}",
        context={
            "who": present.session.sid,
            "user_label": present.user.label,
            "action": path_of(section),
            "done": f"done.{said}" if said in DONE else None,
            "error": error,
            **context,
        },
    )


async def refused(
    house: House, exchange: Exchange, present: Present, refusal: AccountRefusal
) -> None:
    """What was refused is logged as what it is: somebody's try on their own account."""
    line: Write = witness(house, exchange).line(
        "f",
        client_id=ACCOUNT_CLIENT,
        user_id=present.user.user_id,
        description=refusal.because,
        rule=refusal.rule,
    )
    await house.store.commit((*refusal.writes, line))


def _request(exchange: Exchange, section: str) -> dict[str, str]:
    """The account page's own authorization request."""
    return {
        "client_id": ACCOUNT_CLIENT,
        "response_type": "code",
        "redirect_uri": f"{exchange.issuer}{ACCOUNT_CALLBACK}",
        "scope": "openid",
        "state": section if section in (*SECTIONS, *_INNER) else "home",
    }


def _sign_in(exchange: Exchange, section: str, **wishes: str) -> Redirect:
    """To our own /authorize."""
    params = _request(exchange, section) | wishes
    return Redirect(location=add_query("/authorize", params.items()))


def _prove(exchange: Exchange, section: str, present: Present, now: int) -> Redirect:
    """They prove themselves once more: what is too old, and what was never shown."""
    wishes: dict[str, str] = {}
    if not present.fresh(now):
        wishes |= {"prompt": "login", "login_hint": present.user.label}
    if present.user.second_factor_at is not None:
        wishes["acr_values"] = second_factor.ACR
    return _sign_in(exchange, section, **wishes)
