"""Where a person is signed in: browsers and apps in one list, and ending each.

A browser's session stands for the web apps it signed in; an app of its own on a phone
or a computer, which keeps refresh tokens, is a device of its own.
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import AccountRefusal
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.grant import Family
from gatelodge.model.session import Session
from gatelodge.model.writes import (
    EndFamily,
    EndOtherFamilies,
    EndOtherSessions,
    EndSession,
)
from gatelodge.oauth.log import Witness

_REASON = "signed out by its person"
_SESSION, _FAMILY = "s.", "f."


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list; times in milliseconds.

    Attributes:
        key: names it in a form; ours alone.
        session: the browser's session, None for an app's own tokens.
        families: refresh families that end with it.
        client_ids: the apps that were signed in there.
        here: whether it is the browser that asks.
    """

    key: str
    session: Session | None
    families: tuple[Family, ...]
    client_ids: tuple[str, ...]
    agent: str
    ip: str
    since: int
    seen_at: int
    here: bool = False


def places(
    sessions: tuple[Session, ...],
    families: tuple[Family, ...],
    *,
    sid: str,
    catalogue: Catalogue,
    now: int,
) -> tuple[Place, ...]:
    """All living ones: this browser first, then those that were used last."""
    alive = [one for one in sessions if one.alive(now)]
    open_sids = {one.sid for one in alive}
    own: list[Family] = []
    shared: dict[str, list[Family]] = {}
    for family in families:
        if not _alive(family, now):
            continue
        if family.sid in open_sids and not _is_own_app(family, catalogue):
            shared.setdefault(family.sid, []).append(family)
        else:
            own.append(family)
    found = [_browser(one, shared.get(one.sid, ()), sid) for one in alive]
    found += [_app(one) for one in own]
    return tuple(sorted(found, key=lambda one: (not one.here, -one.seen_at, one.key)))


def end(
    found: tuple[Place, ...], key: str, *, user_id: str, witness: Witness
) -> tuple[Write, ...]:
    """Sign one of them out.

    Raises:
        AccountRefusal: it is not in the person's list.
    """
    place = next((one for one in found if one.key == key), None)
    if place is None:
        raise AccountRefusal(
            "There is no such session",
            text_id="error.device_gone",
            rule="House-own-device",
            status=404,
        )
    now = witness.at
    ended: tuple[Write, ...] = tuple(
        EndFamily(family_id=one.id, at=now, reason=_REASON) for one in place.families
    )
    if place.session is not None:
        ended = (EndSession(sid=place.session.sid, at=now), *ended)
        log = witness.line("slo", user_id=user_id, session_id=place.session.sid)
    else:
        log = witness.line(
            "srrt",
            user_id=user_id,
            client_id=place.client_ids[0],
            family_id=place.families[0].id,
        )
    return (*ended, log)


def end_others(
    found: tuple[Place, ...], *, user_id: str, sid: str, witness: Witness
) -> tuple[Write, ...]:
    """Sign out everywhere but in this browser."""
    now = witness.at
    apps_here = tuple(
        EndFamily(family_id=family.id, at=now, reason=_REASON)
        for place in found
        for family in place.families
        if not place.here and family.sid == sid
    )
    return (
        EndOtherSessions(user_id=user_id, sid=sid, at=now),
        EndOtherFamilies(user_id=user_id, sid=sid, at=now, reason=_REASON),
        *apps_here,
        witness.line("slo", user_id=user_id, description="all other devices"),
    )


def _alive(family: Family, now: int) -> bool:
    ends = (family.idle_until, family.expires_at)
    past = any(end is not None and end <= now for end in ends)
    return family.revoked_at is None and not past


def _is_own_app(family: Family, catalogue: Catalogue) -> bool:
    client = catalogue.clients.get(family.client_id)
    return client is not None and client.app_type == "native"


def _browser(session: Session, families: list[Family] | tuple[()], sid: str) -> Place:
    used = [one.used_at or one.created_at for one in families]
    return Place(
        key=f"{_SESSION}{session.sid}",
        session=session,
        families=tuple(families),
        client_ids=tuple(sorted({one.client_id for one in families})),
        agent=session.agent,
        ip=session.ip,
        since=session.created_at,
        seen_at=max([session.touched_at, *used]),
        here=session.sid == sid,
    )


def _app(family: Family) -> Place:
    return Place(
        key=f"{_FAMILY}{family.id}",
        session=None,
        families=(family,),
        client_ids=(family.client_id,),
        agent=family.device.agent,
        ip=family.device.ip,
        since=family.created_at,
        seen_at=family.used_at or family.created_at,
    )
