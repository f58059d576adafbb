"""``/account``: all that a person can look after."""

from __future__ import annotations

from gatelodge.base.exchange import Exchange, Reply
from gatelodge.endpoints.account.entry import SECTIONS, Present, enter, page, path_of
from gatelodge.endpoints.account.password import of_whom
from gatelodge.house import House
from gatelodge.login.letter import called
from gatelodge.model.connection import DATABASE


async def show(house: House, exchange: Exchange) -> Reply:
    """The sections that are there for this person."""
    present = await enter(house, exchange)
    if not isinstance(present, Present):
        return present
    missing = set()
    if not has_own_address(present):
        missing.add("email")
    if await of_whom(house, present) is None:
        missing.add("password")
    sections = [
        {
            "title": f"section.{name}.title",
            "lead": f"section.{name}.lead",
            "href": path_of(name),
        }
        for name in SECTIONS
        if name not in missing
    ]
    context = {"user_name": called(present.user), "sections": sections}
    return page(exchange, present, "", context)


def has_own_address(present: Present) -> bool:
    """Another party's address is changed there, not here."""
    connection = present.snapshot.catalogue.connection_by_id(present.user.connection_id)
    return connection is not None and connection.strategy == DATABASE
