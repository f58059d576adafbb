"""``/account/data``: all that is kept of a person, as one file."""

from __future__ import annotations

from typing import Any

from gatelodge.base.exchange import NO_STORE, Exchange, Json, Reply
from gatelodge.endpoints.account.entry import Present, enter, page, submitted
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import own_data
from gatelodge.model.log import LogLine
from gatelodge.model.reads import (
    ListConsents,
    ListFactors,
    ListFamilies,
    ListLog,
    ListSessions,
    ListWays,
)

_SECTION = "data"
_PAGE = 500
_MOST = 20_000


async def show(house: House, exchange: Exchange) -> Reply:
    """One button."""
    present = await enter(house, exchange, _SECTION, fresh=True)
    if not isinstance(present, Present):
        return present
    return page(exchange, present, _SECTION, {})


async def submit(house: House, exchange: Exchange) -> Reply:
    """The file."""
    found = await submitted(house, exchange, _SECTION)
    if not isinstance(found, tuple):
        return found
    present, _ = found
    user_id = present.user.user_id
    read = house.store.read
    body: dict[str, Any] = own_data.document(
        present.signed_in.person,
        await read(ListWays(user_id=user_id)),
        factors=await read(ListFactors(user_id=user_id)),
        sessions=await read(ListSessions(user_id=user_id)),
        families=await read(ListFamilies(user_id=user_id)),
        consents=await read(ListConsents(user_id=user_id)),
        log=await _log(house, user_id),
        catalogue=present.snapshot.catalogue,
        now=house.clock.now(),
    )
    line = witness(house, exchange).line(
        "sapi", user_id=user_id, description="Download one's own data"
    )
    await house.store.commit((line,))
    name = 'attachment; filename="my-data.json"'
    return Json(body=body, headers={**NO_STORE, "Content-Disposition": name})


async def _log(house: House, user_id: str) -> list[LogLine]:
    found: list[LogLine] = []
    after = ""
    while len(found) < _MOST:
        lines = await house.store.read(
            ListLog(after=after, user_id=user_id, limit=_PAGE)
        )
        if not lines:
            break
        found += lines
        after = lines[-1].id
    return found
