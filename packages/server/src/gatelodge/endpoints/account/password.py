"""``/account/password``: another password, or the first."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.errors import TooManyRequests
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.endpoints import browser, post_office
from gatelodge.endpoints.account.entry import (
    HOME,
    Present,
    done,
    enter,
    page,
    submitted,
)
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import password_change, password_policy, throttle
from gatelodge.login.opening import SESSION_BYTES, SID_BYTES
from gatelodge.model.connection import ConnectionOptions
from gatelodge.model.reads import FindAccount, ListWays, Way

_SECTION = "password"


async def of_whom(house: House, present: Present) -> Way | None:
    """The account whose password it is; None for people without a database of ours."""
    ways = await house.store.read(ListWays(user_id=present.user.user_id))
    return password_change.account_of(ways, present.snapshot.catalogue)


async def show(house: House, exchange: Exchange) -> Reply:
    """The form."""
    present = await enter(house, exchange, _SECTION, fresh=True)
    if not isinstance(present, Present):
        return present
    way = await of_whom(house, present)
    return Redirect(location=HOME) if way is None else _page(exchange, present, way)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Set it, if the one in force was typed too."""
    found = await submitted(house, exchange, _SECTION)
    if not isinstance(found, tuple):
        return found
    present, form = found
    way = await of_whom(house, present)
    if way is None:
        return Redirect(location=HOME)
    errors = await _errors(house, present, way, form)
    if errors:
        await _log_failed(house, exchange, way)
        return _page(exchange, present, way, errors)
    try:
        phc = await house.hashing.hash(form.get("password", ""))
    except TooManyRequests:
        return _page(exchange, present, way, {"password": "error.busy"})
    return await _change(house, exchange, present, way, phc)


async def _errors(
    house: House, present: Present, way: Way, form: Mapping[str, str]
) -> dict[str, str]:
    """What is wrong with what was typed, by field."""
    if way.password_at is not None:
        tried = throttle.take(
            throttle.OWN_PASSWORD, way.user.user_id, now=house.clock.now()
        )
        if not await house.store.commit((tried,)):
            return {"current": "error.too_many_attempts"}
        try:
            fits = await _proven(house, way, form.get("current", ""))
        except TooManyRequests:
            return {"current": "error.busy"}
        if not fits:
            return {"current": "error.wrong_password"}
    wrong = password_change.broken(form, way.user, _options(present, way))
    return {"password": wrong} if wrong else {}


async def _proven(house: House, way: Way, typed: str) -> bool:
    identifier = way.user.email_key or way.user.username or ""
    account = await house.store.read(
        FindAccount(connection_id=way.user.connection_id, identifier=identifier)
    )
    known = account.password if account else None
    return await house.hashing.verify(typed, known.phc if known else None)


async def _change(
    house: House, exchange: Exchange, present: Present, way: Way, phc: str
) -> Reply:
    settings = present.snapshot.catalogue.settings
    changed = password_change.change(
        present.signed_in.person,
        present.session,
        way,
        phc=phc,
        settings=settings,
        witness=witness(house, exchange),
        raw=house.entropy.draw(SESSION_BYTES + SID_BYTES),
    )
    mails = post_office.queue(house, exchange, changed.letters)
    if not await house.store.commit((*changed.writes, *mails)):
        return _page(exchange, present, way, {"current": "error.wrong_password"})
    cookie = browser.session_cookie(changed.opened.secret, settings)
    return done(_SECTION, "password", cookies=(cookie,))


async def _log_failed(house: House, exchange: Exchange, way: Way) -> None:
    line = witness(house, exchange).line(
        "fcp",
        user_id=way.user.user_id,
        connection_id=way.user.connection_id,
        description="the password in force or the new one is not right",
    )
    await house.store.commit((line,))


def _options(present: Present, way: Way) -> ConnectionOptions:
    connection = present.snapshot.catalogue.connection_by_id(way.user.connection_id)
    return connection.options if connection else ConnectionOptions()


def _page(
    exchange: Exchange,
    present: Present,
    way: Way,
    errors: Mapping[str, str] | None = None,
) -> Page:
    rules = password_policy.rules(_options(present, way))
    context = {
        "email": way.user.label,
        "has_password": way.password_at is not None,
        "rules": [msgspec.to_builtins(rule) for rule in rules],
        "errors": errors or {},
    }
    return page(exchange, present, _SECTION, context)
