"""An account elsewhere becomes part of one's own: to the other party, and back.

The same trip as signing in, bound to the session that began it, whether the party
speaks OpenID, OAuth or SAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import MINUTE
from gatelodge.base.errors import AccountRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, Redirect, Reply
from gatelodge.connections.face import face_of
from gatelodge.connections.provider import party_of
from gatelodge.connections.saml import attributes
from gatelodge.connections.saml.party import saml_party
from gatelodge.connections.trip import Trip
from gatelodge.endpoints import browser, saml_login, saml_welcome, trips, upstream
from gatelodge.endpoints.account import identities
from gatelodge.endpoints.account.entry import (
    Present,
    done,
    enter,
    path_of,
    refused,
    submitted,
)
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House
from gatelodge.login.upstream import connect
from gatelodge.model.connection import Connection
from gatelodge.model.profile import Profile
from gatelodge.model.reads import FindIdentity

_LONGEST_TRIP: Final = 15 * MINUTE


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is elsewhere; ``spent``: what makes that good for once."""

    profile: Profile
    sealed: bytes | None = None
    spent: tuple[Write, ...] = ()


async def submit(house: House, exchange: Exchange) -> Reply:
    """Connect or disconnect."""
    found = await submitted(house, exchange, identities.SECTION)
    if not isinstance(found, tuple):
        return found
    present, form = found
    if form.get("decision") == "connect":
        return await _leave(house, exchange, present, form.get("connection", ""))
    return await identities.disconnect(
        house, exchange, present, form.get("identity", "")
    )


async def come_back(house: House, exchange: Exchange) -> Reply:
    """The party has answered: a sign-in, or somebody here connects an account."""
    params = query_of(exchange)
    if exchange.method == "POST":
        return await upstream.come_back(house, exchange)
    name = params.get(saml_login.KEPT) or params.get("state", "")
    found = await trips.found(house, name)
    if found is None or found.linking_sid is None:
        return await upstream.come_back(house, exchange)
    present = await enter(house, exchange, identities.SECTION)
    if not isinstance(present, Present):
        return present
    connection = present.snapshot.catalogue.connection_by_id(found.connection_id)
    if connection is None or not _same_trip(house, exchange, present, found):
        return await _changed(house, exchange, present)
    return await _connect(house, exchange, present, connection, found, params)


async def _leave(
    house: House, exchange: Exchange, present: Present, name: str
) -> Reply:
    connection = next(
        (one for one in identities.offered(present) if one.name == name), None
    )
    party, saml = party_of(connection), saml_party(connection, exchange.issuer)
    sid, visit = present.session.sid, present.visit
    try:
        if saml is not None:
            return await saml_login.depart(house, visit, saml, linking_sid=sid)
        if party is not None:
            return await upstream.depart(house, exchange, visit, party, linking_sid=sid)
    except UpstreamRefusal as refusal:
        return await _away(house, exchange, present, connection, refusal)
    return Redirect(location=path_of(identities.SECTION))


def _same_trip(house: House, exchange: Exchange, present: Present, found: Trip) -> bool:
    """The same browser, the same session, and not long ago."""
    cookie = exchange.cookies.get(browser.BINDING)
    lately = house.clock.now() - found.began_at <= _LONGEST_TRIP
    same = found.linking_sid == present.session.sid
    ours = found.transaction.issuer == exchange.issuer
    return lately and same and ours and found.transaction.bound_to(cookie)


async def _connect(
    house: House,
    exchange: Exchange,
    present: Present,
    connection: Connection,
    found: Trip,
    params: Mapping[str, str],
) -> Reply:
    try:
        shown = await _shown(house, exchange, connection, found, params)
        if shown is None:
            return await _changed(house, exchange, present)
        writes = connect(
            await house.store.read(
                FindIdentity(
                    connection_id=connection.id,
                    external_id=shown.profile.external_id,
                )
            ),
            shown.profile,
            present.user,
            connection=connection,
            sealed=shown.sealed,
            witness=witness(house, exchange),
        )
    except UpstreamRefusal as refusal:
        return await _away(house, exchange, present, connection, refusal)
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        error = _said(refusal.text_id, connection)
        return await identities.page(house, exchange, present, error=error)
    if not await house.store.commit((trips.spent(found), *shown.spent, *writes)):
        return await _changed(house, exchange, present)
    return done(identities.SECTION, "connected")


async def _shown(
    house: House,
    exchange: Exchange,
    connection: Connection,
    found: Trip,
    params: Mapping[str, str],
) -> Shown | None:
    """Whom the party vouches for; None where its answer is there no more.

    Raises:
        UpstreamRefusal: nobody, or not in a way to be believed.
    """
    saml = saml_party(connection, exchange.issuer)
    name = params.get(saml_login.KEPT, "")
    if saml is not None:
        kept = await saml_login.kept_under(house, name)
        if kept is None:
            return None
        vouching = saml_login.believed(house, saml, kept, found)
        return Shown(
            profile=attributes.read(vouching, saml),
            spent=(saml_welcome.spent(saml, vouching), saml_login.dropped(name)),
        )
    party = party_of(connection)
    if party is None:
        return None
    vouched = await upstream.ask(house, exchange, party, found, params)
    sealed = upstream.kept(house, party, vouched.tokens.said)
    return Shown(profile=vouched.profile, sealed=sealed)


async def _changed(house: House, exchange: Exchange, present: Present) -> Reply:
    return await identities.page(
        house, exchange, present, error="error.changed_meanwhile"
    )


async def _away(
    house: House,
    exchange: Exchange,
    present: Present,
    connection: Connection | None,
    refusal: UpstreamRefusal,
) -> Reply:
    """The party did not vouch: nothing has changed; its own words are logged."""
    line = witness(house, exchange).line(
        "f",
        user_id=present.user.user_id,
        connection_id=connection.id if connection else None,
        description=refusal.because,
        rule=refusal.rule,
    )
    await house.store.commit((*refusal.writes, line))
    error = _said(refusal.says, connection)
    return await identities.page(house, exchange, present, error=error)


def _said(text_id: str, connection: Connection | None) -> Mapping[str, object]:
    face = face_of(connection) if connection else None
    return {"text_id": text_id, "params": {"provider": face.label if face else ""}}
