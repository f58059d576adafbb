"""``/u/unblock``: the link in the mail about a block.

A GET only shows a page, because mail scanners follow links; a POST lifts the block.
"""

from __future__ import annotations

from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints import ticket_pages
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.house import House
from gatelodge.login import password_tries


async def show(house: House, exchange: Exchange) -> Reply:
    """One button: only a person presses it."""
    secret = query_of(exchange).get("ticket", "")
    found = await ticket_pages.find(house, secret, "unblock")
    if found is None:
        return await ticket_pages.expired(house)
    return Page(
        name="unblock",
        context={
            "action": "/u/unblock",
            "ticket": secret,
            "email": found[1].email,
            "forgot_url": "/u/forgot",
        },
    )


async def submit(house: House, exchange: Exchange) -> Reply:
    """All tries are there again."""
    found = await ticket_pages.find(
        house, form_of(exchange).get("ticket", ""), "unblock"
    )
    if found is None:
        return await ticket_pages.expired(house)
    bundle, user = found
    writes = password_tries.unblock(bundle, user, witness=witness(house, exchange))
    if not await house.store.commit(writes):
        return await ticket_pages.expired(house)
    context = ticket_pages.onward(house, bundle, None)
    return Page(name="unblock_done", context=context)
