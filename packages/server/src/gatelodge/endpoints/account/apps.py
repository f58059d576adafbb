"""``/account/apps``: what a person allowed apps to do."""

from __future__ import annotations

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints.account.elapsed import ago
from gatelodge.endpoints.account.entry import (
    Present,
    done,
    enter,
    page,
    refused,
    submitted,
)
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import allowance
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.grant import Consent
from gatelodge.model.reads import ListConsents
from gatelodge.oauth.scope import OPENID, STANDARD

_SECTION = "apps"


async def show(house: House, exchange: Exchange) -> Reply:
    """The list."""
    present = await enter(house, exchange, _SECTION)
    if not isinstance(present, Present):
        return present
    return await _page(house, exchange, present)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Withdraw one."""
    found = await submitted(house, exchange, _SECTION, fresh=False)
    if not isinstance(found, tuple):
        return found
    present, form = found
    consents = await _consents(house, present)
    try:
        consent = allowance.mine(consents, form.get("allowance", ""))
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return await _page(house, exchange, present, error=refusal.text_id)
    who = witness(house, exchange)
    await house.store.commit(allowance.withdraw(consent, witness=who))
    return done(_SECTION, "withdrawn")


async def _consents(house: House, present: Present) -> tuple[Consent, ...]:
    return await house.store.read(ListConsents(user_id=present.user.user_id))


async def _page(
    house: House, exchange: Exchange, present: Present, *, error: str | None = None
) -> Page:
    catalogue = present.snapshot.catalogue
    shown = [
        _shown(one, catalogue, house.clock.now())
        for one in await _consents(house, present)
        if one.client_id in catalogue.clients
    ]
    return page(exchange, present, _SECTION, {"allowances": shown}, error=error)


def _shown(consent: Consent, catalogue: Catalogue, now: int) -> dict[str, object]:
    client = catalogue.clients[consent.client_id]
    api = catalogue.apis.get(consent.audience)
    described = {one.value: one.description for one in api.scopes} if api else {}
    return {
        "name": allowance.name_of(consent),
        "client": client.name,
        "logo": logo_of(client),
        "api": api.name if api else None,
        "given": ago(consent.given_at, now),
        "scopes": [_scope(one, described) for one in consent.scopes if one != OPENID],
    }


def _scope(scope: str, described: dict[str, str]) -> dict[str, object]:
    spoken = STANDARD & {"profile", "email", "phone", "address"} | {"offline_access"}
    return {
        "text_id": f"scope.{scope}" if scope in spoken else None,
        "description": described.get(scope) or scope,
    }
