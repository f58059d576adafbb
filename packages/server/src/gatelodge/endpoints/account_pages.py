"""``/u/consent``, ``/u/confirm`` and their like: a signed-in person answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import DAY
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import AccessDenied, ProtocolRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.base.urls import add_query
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, enter, go_on, person_of, state_of
from gatelodge.house import House
from gatelodge.login import departure
from gatelodge.login.journey import Ask, Issue, next_step
from gatelodge.login.letter import called
from gatelodge.model.grant import Consent
from gatelodge.model.reads import SignedIn
from gatelodge.model.writes import GiveConsent
from gatelodge.oauth.scope import OPENID, STANDARD

_ACCEPTED = {
    "consent": "accept",
    "confirm": "continue",
    "select-account": "continue",
    "keep-account": "keep",
}
_OTHER_ACCOUNT = ("switch", "another")
_SHORT = 16


def showing(screen: str) -> Callable[[House, Exchange], Awaitable[Reply]]:
    """The GET side of a page for a signed-in person."""

    async def show(house: House, exchange: Exchange) -> Reply:
        visit = enter(house, exchange, query_of(exchange).get("state"))
        if not isinstance(visit, Visit):
            return visit
        signed_in = await person_of(house, exchange, visit)
        return await _where_needed(house, exchange, visit, signed_in, screen)

    return show


def answering(screen: str) -> Callable[[House, Exchange], Awaitable[Reply]]:
    """The POST side: accept, refuse, or be somebody else."""

    async def submit(house: House, exchange: Exchange) -> Reply:
        form = form_of(exchange)
        visit = enter(house, exchange, form.get("state"))
        if not isinstance(visit, Visit):
            return visit
        signed_in = await person_of(house, exchange, visit)
        if signed_in is None or not _may_answer(house, visit, signed_in):
            return await _where_needed(house, exchange, visit, signed_in, screen)
        return await _answered(house, exchange, visit, signed_in, screen, form)

    return submit


def _may_answer(house: House, visit: Visit, signed_in: SignedIn) -> bool:
    """The page was shown to this very session, which has not ended meanwhile."""
    session = signed_in.session
    shown = not visit.lost and visit.transaction.shown_sid == session.sid
    return shown and session.alive(house.clock.now())


async def _where_needed(
    house: House,
    exchange: Exchange,
    visit: Visit,
    signed_in: SignedIn | None,
    screen: str,
) -> Reply:
    """Show this page if it is the one needed now, else go where the hub says."""
    step = _step(house, visit, signed_in)
    if isinstance(step, Ask) and step.screen == screen and signed_in is not None:
        return _page(house, visit, signed_in, step)
    return await go_on(
        house, exchange, visit, signed_in, carried=visit.transaction.acted
    )


def _step(house: House, visit: Visit, signed_in: SignedIn | None) -> Ask | Issue | None:
    try:
        return next_step(
            visit.request,
            signed_in,
            visit.transaction,
            catalogue=visit.snapshot.catalogue,
            now=house.clock.now(),
        )
    except ProtocolRefusal:
        return None  # go_on meets the same refusal and sends it to the app


async def _answered(
    house: House,
    exchange: Exchange,
    visit: Visit,
    signed_in: SignedIn,
    screen: str,
    form: Mapping[str, str],
) -> Reply:
    decision = form.get("decision")
    if decision in _OTHER_ACCOUNT:
        location = add_query("/u/login", [("state", state_of(house, visit))])
        return Redirect(location=location, cookies=visit.cookies)
    if decision != _ACCEPTED[screen]:
        raise visit.request.way_back.refuse(_denied(house, exchange, visit, signed_in))
    step = _step(house, visit, signed_in)
    if not isinstance(step, Ask) or not _was_shown(visit, step, screen):
        return await _where_needed(house, exchange, visit, signed_in, screen)
    writes: tuple[Write, ...] = ()
    carried = visit.transaction.acted
    changes: dict[str, Any] = {
        "consent": {"consented": True},
        "confirm": {"confirmed": True},
        "select-account": {"chosen": True},
        "keep-account": {},
    }[screen]
    if screen == "consent":
        writes = _consent(house, exchange, visit, signed_in, step.scopes)
    if screen == "keep-account":
        signed_in, writes = _kept(house, exchange, visit, signed_in)
    answered = msgspec.structs.replace(visit.transaction, **changes)
    onward = msgspec.structs.replace(visit, transaction=answered)
    return await go_on(
        house, exchange, onward, signed_in, writes=writes, carried=carried
    )


def _was_shown(visit: Visit, step: Ask, screen: str) -> bool:
    """Nobody allows what they have not seen.

    Another page may be due by now, or this one with more on it or less, because roles
    or scopes have changed since.
    """
    return step.screen == screen and visit.transaction.shown == _named(step)


def _named(step: Ask) -> str:
    """A name for a page and the scopes on it, short enough to travel."""
    return digest_of(" ".join((step.screen, *step.scopes)))[:_SHORT]


def _consent(
    house: House,
    exchange: Exchange,
    visit: Visit,
    signed_in: SignedIn,
    asked: tuple[str, ...],
) -> tuple[Write, ...]:
    """Remember what was allowed, beside what had been allowed before."""
    who = witness(house, exchange)
    consent = Consent(
        user_id=signed_in.session.user_id,
        client_id=visit.request.client.client_id,
        audience=visit.request.audience,
        scopes=tuple(sorted({*signed_in.consented, *asked})),
        given_at=who.at,
    )
    log = who.line(
        "consent",
        client_id=visit.request.client.client_id,
        user_id=signed_in.session.user_id,
        description="consent given",
        audience=visit.request.audience,
        scope=" ".join(consent.scopes),
    )
    return (GiveConsent(consent=consent), log)


def _kept(
    house: House, exchange: Exchange, visit: Visit, signed_in: SignedIn
) -> tuple[SignedIn, tuple[Write, ...]]:
    """The account stays; and so it is from here on."""
    person = signed_in.person
    writes = departure.keep(
        person.user,
        client_id=visit.request.client.client_id,
        witness=witness(house, exchange),
    )
    user = msgspec.structs.replace(person.user, leaving_at=None)
    stays = msgspec.structs.replace(person, user=user)
    return msgspec.structs.replace(signed_in, person=stays), writes


def _denied(
    house: House, exchange: Exchange, visit: Visit, signed_in: SignedIn
) -> AccessDenied:
    line = witness(house, exchange).line(
        "f",
        client_id=visit.request.client.client_id,
        user_id=signed_in.session.user_id,
        description="User did not authorize the request",
    )
    return AccessDenied(
        "User did not authorize the request",
        rule="RFC6749-4.1.2.1.denied",
        writes=(line,),
    )


def _page(house: House, visit: Visit, signed_in: SignedIn, step: Ask) -> Page:
    shown = msgspec.structs.replace(
        visit.transaction, shown_sid=signed_in.session.sid, shown=_named(step)
    )
    state = state_of(house, msgspec.structs.replace(visit, transaction=shown))
    user = signed_in.person.user
    context: dict[str, object] = {
        "action": f"/u/{step.screen}",
        "state": state,
        "client_name": visit.request.client.name,
        "client_logo": logo_of(visit.request.client),
        "user_email": user.label,
    }
    if step.screen == "consent":
        context |= _consent_context(visit, step)
    if step.screen == "confirm":
        context |= _target(visit.request.way_back.redirect_uri)
    if step.screen == "keep-account" and user.leaving_at is not None:
        left = user.leaving_at - house.clock.now()
        context["days"] = max(1, -(-left // DAY))
    if step.screen == "select-account":
        context["user_name"] = called(user)
    return Page(
        name=step.screen.replace("-", "_"),
        context=context,
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
    )


def _consent_context(visit: Visit, step: Ask) -> dict[str, object]:
    api = visit.request.api
    spoken = visit.snapshot.catalogue.settings.use_scope_descriptions_for_consent
    known = api.scopes if api and spoken else ()
    described = {scope.value: scope.description for scope in known}
    scopes = [
        {
            "value": scope,
            "description": described.get(scope) or scope,
            "text_id": f"scope.{scope}" if _has_text(scope) else None,
        }
        for scope in step.scopes
        if scope != OPENID
    ]
    return {"scopes": scopes, "audience_name": api.name if api else None}


def _has_text(scope: str) -> bool:
    return scope in STANDARD & {"profile", "email", "phone", "address"} or (
        scope == "offline_access"
    )


def _target(redirect_uri: str) -> dict[str, object]:
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("http", "https"):
        return {"host": parts.netloc}
    return {"scheme": f"{parts.scheme}:"}
