"""Signing in by a SAML identity provider: out, and back (SAML Profiles §4.1).

The answer is a form from another site, which brings no cookies. It is kept aside,
sealed and for minutes, and the browser asks for it anew: then its cookies say whose
visit this is. Nothing is kept that names no trip of ours, nor a document that is not
believed: of that only the reason is. So nobody but a provider can make us keep much.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.errors import PageRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, FormPost, Redirect, Reply
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.base.urls import add_query
from gatelodge.connections import trip
from gatelodge.connections.saml import binding, request, response
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.party import SamlParty, saml_party
from gatelodge.connections.saml.response import Vouching
from gatelodge.connections.trip import Trip
from gatelodge.endpoints import saml_welcome, trips
from gatelodge.endpoints.login_page import page
from gatelodge.endpoints.sent import query_of
from gatelodge.endpoints.visit import Visit, nowhere, resume
from gatelodge.house import House
from gatelodge.model.reads import FindAnswer
from gatelodge.model.saml import PostedAnswer
from gatelodge.model.writes import DropAnswer, KeepAnswer

FIELD: Final = "SAMLResponse"
KEPT: Final = "saml"
_PURPOSE: Final = "posted answer"
_WAITS: Final = 5 * MINUTE
_LONGEST_REASON: Final = 400


class Kept(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A posted answer, or why it was refused.

    ``connection_id`` stands where no request of ours asked for it.
    """

    response: str = ""
    connection_id: str = ""
    rule: str = ""
    because: str = ""
    says: str = ""


def party_of(visit: Visit, issuer: str, name: str) -> SamlParty | None:
    """The identity provider of a connection that serves this app."""
    connection = visit.snapshot.catalogue.connection(name)
    if connection is None or not connection.serves(visit.request.client.client_id):
        return None
    return saml_party(connection, issuer)


async def leave(
    house: House, exchange: Exchange, visit: Visit, party: SamlParty
) -> Reply:
    """Send the person to their identity provider with a request of ours."""
    try:
        return await depart(house, visit, party)
    except UpstreamRefusal as refusal:
        return await _refused(house, exchange, visit, party, refusal)


async def depart(
    house: House, visit: Visit, party: SamlParty, *, linking_sid: str | None = None
) -> Reply:
    """The way to the provider; ``linking_sid`` as in ``Trip``.

    Raises:
        UpstreamRefusal: no request can be made of it.
    """
    begun = trip.begin(
        visit.transaction,
        party.connection.id,
        raw=house.entropy.draw(trip.DRAWN_BYTES),
        now=house.clock.now(),
        linking_sid=linking_sid,
    )
    wishes = visit.request.wishes
    asked = request.authn_request(
        party,
        nonce=begun.nonce,
        now=begun.began_at,
        anew="login" in wishes.prompt or wishes.max_age is not None,
    )
    question = request.question(
        party,
        asked,
        endpoint=party.saml.sign_in_url,
        relay_state=await trips.named(house, begun),
        keys=visit.snapshot.keyring.saml,
    )
    if not question.fields:
        return Redirect(location=question.address, cookies=visit.cookies)
    return FormPost(
        action=question.address,
        fields=question.fields,
        onward=True,
        cookies=visit.cookies,
        ui_locales=wishes.ui_locales,
    )


async def receive(house: House, exchange: Exchange, form: Mapping[str, str]) -> Reply:
    """Keep what was posted, if it names a trip of ours, and ask for it with cookies.

    Raises:
        PageRefusal: an answer to no request that is not to be believed.
    """
    name = form.get("RelayState", "")
    begun = await trips.found(house, name) if name else None
    if begun is not None and not begun.expired(house.clock.now()):
        kept = _weighed(house, exchange, form[FIELD], begun)
    else:
        connection_id = _unasked(house, exchange, form)
        if connection_id is None:
            return nowhere(house)
        name = b64url(house.entropy.draw(trips.NAME_BYTES))
        kept = Kept(response=form[FIELD], connection_id=connection_id)
    answer = PostedAnswer(
        digest=_digest(name),
        sealed=house.sealer.seal(
            msgspec.json.encode(kept),
            purpose=_PURPOSE,
            nonce=house.entropy.draw(NONCE_BYTES),
        ),
        expires_at=house.clock.now() + _WAITS,
    )
    await house.store.commit((KeepAnswer(answer=answer),))
    return Redirect(location=add_query(exchange.path, [(KEPT, name)]))


async def come_back(house: House, exchange: Exchange, name: str) -> Reply:
    """The same browser asks for the answer that was posted: believe it or not."""
    kept = await kept_under(house, name)
    if kept is not None and kept.connection_id:
        return await saml_welcome.unasked(
            house,
            exchange,
            kept.response,
            connection_id=kept.connection_id,
            drop=dropped(name),
        )
    begun = await trips.found(house, name)
    if begun is None or begun.linking_sid is not None:
        return nowhere(house)
    visit = resume(house, exchange, begun.transaction)
    if not isinstance(visit, Visit):
        return visit
    known = visit.snapshot.catalogue.connection_by_id(begun.connection_id)
    party = party_of(visit, exchange.issuer, known.name if known else "")
    late = begun.expired(house.clock.now())
    if visit.lost or late or party is None or kept is None:
        return page(house, visit, identifier="", error="error.session_lost")
    try:
        vouching = believed(house, party, kept, begun)
        return await saml_welcome.welcomed(
            house,
            exchange,
            visit,
            party,
            vouching,
            writes=(trips.spent(begun), dropped(name)),
        )
    except UpstreamRefusal as refusal:
        return await _refused(house, exchange, visit, party, refusal)


def _weighed(house: House, exchange: Exchange, posted: str, begun: Trip) -> Kept:
    """The answer if it is to be believed, else the reason why not."""
    connection = house.snapshot.catalogue.connection_by_id(begun.connection_id)
    party = saml_party(connection, exchange.issuer)
    if party is None:
        return Kept()
    try:
        believed(house, party, Kept(response=posted), begun)
    except UpstreamRefusal as refusal:
        because = refusal.because[:_LONGEST_REASON]
        return Kept(rule=refusal.rule, because=because, says=refusal.says)
    return Kept(response=posted)


def believed(house: House, party: SamlParty, kept: Kept, begun: Trip) -> Vouching:
    """Whom the provider vouches for in its answer to this trip's request.

    Raises:
        UpstreamRefusal: nobody, or not in a way to be believed.
    """
    if kept.rule:
        raise SamlRefusal(kept.because, rule=kept.rule, says=kept.says)
    return response.believe(
        binding.from_form(kept.response),
        party,
        request_id=request.request_id(begun.nonce),
        keys=house.snapshot.keyring.saml.opening,
        now=house.clock.now(),
    )


def _unasked(house: House, exchange: Exchange, form: Mapping[str, str]) -> str | None:
    """The connection whose signature an answer to no request carries, if it takes any.

    Checked here so that nobody else can make us keep anything.
    """
    name = query_of(exchange).get("connection", "")
    connection = house.snapshot.catalogue.connection(name)
    party = saml_party(connection, exchange.issuer)
    if party is None or party.saml.idp_initiated is None:
        return None
    try:
        response.believe(
            binding.from_form(form[FIELD]),
            party,
            request_id=None,
            keys=house.snapshot.keyring.saml.opening,
            now=house.clock.now(),
        )
    except UpstreamRefusal as refusal:
        raise PageRefusal(
            "The identity provider could not confirm who you are.",
            error="access_denied",
            rule=refusal.rule,
            because=refusal.because,
        ) from refusal
    return party.connection.id


def dropped(name: str) -> DropAnswer:
    """The answer has been looked at."""
    return DropAnswer(digest=_digest(name))


async def kept_under(house: House, name: str) -> Kept | None:
    """The answer that was posted to this trip; None where none waits."""
    found = await house.store.read(FindAnswer(digest=_digest(name)))
    if found is None or found.expires_at <= house.clock.now():
        return None
    try:
        plain = house.sealer.unseal(found.sealed, purpose=_PURPOSE)
    except SealBroken:
        return None
    return msgspec.json.decode(plain, type=Kept)


def _digest(name: str) -> str:
    return digest_of(f"posted answer\x00{name}")


async def _refused(
    house: House,
    exchange: Exchange,
    visit: Visit,
    party: SamlParty,
    refusal: UpstreamRefusal,
) -> Reply:
    return await trips.refused(
        house,
        exchange,
        visit,
        refusal,
        connection_id=party.connection.id,
        label=party.label,
    )
