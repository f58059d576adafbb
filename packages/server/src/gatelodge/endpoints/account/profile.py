"""``/account/profile``: what an app may learn of a person."""

from __future__ import annotations

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints.account.entry import (
    Present,
    done,
    enter,
    page,
    refused,
    submitted,
)
from gatelodge.endpoints.corridor import walk, witness
from gatelodge.house import House
from gatelodge.login import profile_change
from gatelodge.login.profile_change import FIELDS
from gatelodge.model.reads import FindPerson

_SECTION = "profile"


async def show(house: House, exchange: Exchange) -> Reply:
    """The form with what is known."""
    present = await enter(house, exchange, _SECTION)
    if not isinstance(present, Present):
        return present
    known = {name: getattr(present.user, name) or "" for name in FIELDS}
    return _page(exchange, present, known, errors={})


async def submit(house: House, exchange: Exchange) -> Reply:
    """Take over what was typed."""
    found = await submitted(house, exchange, _SECTION, fresh=False)
    if not isinstance(found, tuple):
        return found
    present, form = found
    read = profile_change.read(form)
    if read.errors:
        typed = {name: form.get(name, "") for name in FIELDS}
        return _page(exchange, present, typed, errors=read.errors)
    try:
        await walk(
            house,
            FindPerson(user_id=present.user.user_id),
            lambda person: profile_change.change(
                person, read.values, witness=witness(house, exchange)
            ),
        )
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return _page(exchange, present, dict(form), errors={}, error=refusal.text_id)
    return done(_SECTION, "profile")


def _page(
    exchange: Exchange,
    present: Present,
    values: dict[str, str],
    *,
    errors: dict[str, str],
    error: str | None = None,
) -> Page:
    connection = present.snapshot.catalogue.connection_by_id(present.user.connection_id)
    context = {
        "values": values,
        "errors": errors,
        "refreshed": connection is not None and not connection.options.once,
    }
    return page(exchange, present, _SECTION, context, error=error)
