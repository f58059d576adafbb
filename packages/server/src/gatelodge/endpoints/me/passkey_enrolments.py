"""A passkey that an app makes for its person through My Account (contract 3.9).

Nothing is stored before it is made: the question travels sealed, bound to the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gatelodge.base.errors import WebauthnRefusal
from gatelodge.base.exchange import Exchange, Reply
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints import passkeys
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.me.caller import (
    Caller,
    answer,
    not_offered,
    only,
    problem,
    text_of,
)
from gatelodge.endpoints.me.methods import PATH, get_fresh
from gatelodge.endpoints.passkey_api import party_of
from gatelodge.house import House
from gatelodge.login import passkey, webauthn, webauthn_answer
from gatelodge.login.relying_party import RelyingParty
from gatelodge.model.factor import Factor
from gatelodge.model.reads import ListFactors

NEW: Final = "passkey|new"
"""The name of a passkey that is not made yet, as Auth0 has it."""
_IN_A_PATH: Final = "passkey%7Cnew"


async def begin(
    house: House, exchange: Exchange, who: Caller, body: Mapping[str, Any]
) -> Reply:
    """The question that the app hands to its phone or browser.

    Raises:
        AccountRefusal: this person's account, or this app, has no passkeys.
    """
    only(body, "type", "connection", "identity_user_id")
    party = _party(exchange, who)
    asked = passkeys.challenge(house, _subject(who))
    user = who.user
    options = webauthn.creation_options(
        party,
        asked,
        user_id=user.user_id,
        label=user.label,
        display_name=user.display_name,
        known=await _known(house, who),
    )
    nonce = house.entropy.draw(NONCE_BYTES)
    shown = {
        "auth_session": webauthn.seal(asked, house.sealer, nonce),
        "authn_params_public_key": options,
    }
    return answer(shown, status=202, location=f"{PATH}/{_IN_A_PATH}")


async def verify(
    house: House, exchange: Exchange, who: Caller, body: Mapping[str, Any]
) -> Reply:
    """Keep what the phone or browser has made.

    Raises:
        AccountRefusal: its answer is not good, or the question was answered before.
    """
    only(body, "auth_session", "authn_response")
    party, at = _party(exchange, who), witness(house, exchange)
    try:
        asked = webauthn.unseal(
            text_of(body, "auth_session"),
            house.sealer,
            subject=_subject(who),
            now=at.at,
        )
        factor = passkey.new_factor(
            webauthn_answer.read(body.get("authn_response")),
            who.user,
            party=party,
            challenge=asked,
            known=await _known(house, who),
            raw=house.entropy.draw(passkey.FACTOR_ID_BYTES),
            now=at.at,
        )
    except WebauthnRefusal as refusal:
        raise problem(
            "The passkey cannot be used", rule=refusal.rule, because=refusal.because
        ) from refusal
    added = passkey.added(factor, who.user, client_id=who.client_id, witness=at)
    told = passkeys.told(house, exchange, who.user, "passkey_added")
    if not await house.store.commit((asked.spend(), *added, *told)):
        raise problem(
            "The auth_session was used before", rule="House-me-session", status=409
        )
    return await get_fresh(house, who, factor.id, status=201)


def _party(exchange: Exchange, who: Caller) -> RelyingParty:
    catalogue = who.snapshot.catalogue
    connection = catalogue.connection_by_id(who.user.connection_id)
    client = catalogue.clients[who.client_id]
    party = party_of(client, connection, catalogue, exchange.issuer)
    if party is None:
        raise not_offered()
    return party


async def _known(house: House, who: Caller) -> tuple[Factor, ...]:
    return await house.store.read(ListFactors(user_id=who.user.user_id))


def _subject(who: Caller) -> str:
    return f"own passkey {who.user.user_id}"
