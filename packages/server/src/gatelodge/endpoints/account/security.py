"""``/account/security``: passkeys and second factors."""

from __future__ import annotations

from collections.abc import Mapping

from gatelodge.base.change import Write
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints import passkeys
from gatelodge.endpoints.account import authenticator, passkey
from gatelodge.endpoints.account.elapsed import ago
from gatelodge.endpoints.account.entry import (
    Present,
    done,
    enter,
    page,
    path_of,
    refused,
    submitted,
)
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import factor_change
from gatelodge.model.factor import Factor
from gatelodge.model.reads import ListFactors, ListWays
from gatelodge.model.user import User

_SECTION = "security"
_GONE = "error.factor_gone"


async def show(house: House, exchange: Exchange) -> Reply:
    """The list."""
    present = await enter(house, exchange, _SECTION)
    if not isinstance(present, Present):
        return present
    return await _page(house, exchange, present)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Rename or remove one."""
    found = await submitted(house, exchange, _SECTION)
    if not isinstance(found, tuple):
        return found
    present, form = found
    removing = form.get("decision") == "remove"
    try:
        writes = await _decided(house, exchange, present, form, removing=removing)
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return await _page(house, exchange, present, error=refusal.text_id)
    if not await house.store.commit(writes):
        return await _page(house, exchange, present, error=_GONE)
    return done(_SECTION, "factor_removed" if removing else "factor_renamed")


async def _decided(
    house: House,
    exchange: Exchange,
    present: Present,
    form: Mapping[str, str],
    *,
    removing: bool,
) -> tuple[Write, ...]:
    user_id, who = present.user.user_id, witness(house, exchange)
    factors = await house.store.read(ListFactors(user_id=user_id))
    factor = factor_change.mine(factors, form.get("factor", ""))
    if not removing:
        return factor_change.rename(factor, form.get("name", ""), witness=who)
    writes = factor_change.remove(
        factor,
        factors,
        await house.store.read(ListWays(user_id=user_id)),
        catalogue=present.snapshot.catalogue,
        witness=who,
    )
    return (*writes, *_told(house, exchange, present.user, factor))


def _told(
    house: House, exchange: Exchange, user: User, factor: Factor
) -> tuple[Write, ...]:
    if factor.kind != "passkey":
        return ()
    return passkeys.told(house, exchange, user, "passkey_removed")


async def _page(
    house: House, exchange: Exchange, present: Present, *, error: str | None = None
) -> Page:
    factors = await house.store.read(ListFactors(user_id=present.user.user_id))
    shown = [_shown(one, house.clock.now()) for one in factors if one.active]
    context = {
        "factors": shown,
        "add_url": path_of("authenticator") if authenticator.offered(present) else None,
        "passkey_url": path_of("passkey") if passkey.offered(present) else None,
    }
    return page(exchange, present, _SECTION, context, error=error)


def _shown(factor: Factor, now: int) -> dict[str, object]:
    return {
        "id": factor.id,
        "kind": f"own_factor.{factor.kind}",
        "name": factor.name,
        "used": ago(factor.used_at, now),
        "renamable": factor.kind != "recovery",
    }
