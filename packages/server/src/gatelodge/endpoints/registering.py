"""Somebody new: asking actions before there is an account, and telling them after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gatelodge.base.change import Write
from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.exchange import Exchange, Reply
from gatelodge.endpoints import acting, login_page
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.visit import Visit
from gatelodge.house import House
from gatelodge.login import action_event, signup
from gatelodge.login.action_event import Event
from gatelodge.login.upstream import Welcome, joined
from gatelodge.model.client import Client
from gatelodge.model.connection import Connection
from gatelodge.model.reads import FindPerson
from gatelodge.oauth.log import Witness, failed_actions
from gatelodge.oauth.outcome import NO_RUN, Denial, Run, denial, spoken

_BEFORE: Final = "pre-user-registration"
_AFTER: Final = "post-user-registration"
_NOT_YET: Final = ("user_id", "identities", "created_at", "updated_at")


async def _before(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    told: Mapping[str, Any],
) -> Run:
    """Ask the pre-user-registration actions; ``told`` is what is known of them."""
    snapshot = house.snapshot
    if not acting.wanted(snapshot, house, _BEFORE):
        return NO_RUN
    event = _registration(client, connection, witness(house, exchange), _BEFORE)
    event["user"] = {"user_metadata": {}, "app_metadata": {}, **told}
    return await acting.ask(house, exchange, snapshot, _BEFORE, event)


async def fill_in(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    form: signup.Form,
) -> tuple[signup.Form, Run]:
    """Somebody has filled in a form: the form with what the actions add to it."""
    told = {
        "email": form.key,
        **({"username": form.username} if form.username else {}),
        **form.profile,
        "user_metadata": form.metadata,
    }
    run = await _before(house, exchange, client, connection, told)
    return signup.with_actions(form, run.outcome), run


async def newcomer(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    known: Welcome,
) -> tuple[Welcome, Run]:
    """Somebody whom a connection vouches for, as the actions take them in if new."""
    if not known.new:
        return known, NO_RUN
    told = action_event.user(known.account.person.user, connection)
    told = {name: value for name, value in told.items() if name not in _NOT_YET}
    run = await _before(house, exchange, client, connection, told)
    if not run.traces:
        return known, run
    who = witness(house, exchange)
    return joined(known, run, client_id=client.client_id, witness=who), run


async def let_in(
    house: House,
    exchange: Exchange,
    visit: Visit,
    connection: Connection,
    known: Welcome,
    *,
    amr: tuple[str, ...],
    writes: tuple[Write, ...] = (),
) -> Reply:
    """Sign in whom a connection vouches for, unless an action does not want them.

    Raises:
        ReturnedRefusal: the app gets an error.
    """
    client = visit.request.client
    known, run = await newcomer(house, exchange, client, connection, known)
    if run.outcome.denied is not None:
        await house.store.commit(refused(run, house, exchange, client, connection))
        error = alert(run.outcome.denied)
        return login_page.page(house, visit, identifier="", error=error)
    try:
        return await login_page.enter_as(
            house,
            exchange,
            visit,
            known.account,
            writes=(*writes, *known.writes),
            amr=amr,
            joining=known.joining,
        )
    finally:
        after_newcomer(house, exchange, client, connection, known)


def refused(
    run: Run,
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
) -> tuple[Write, ...]:
    """The lines about a sign-up that an action has refused."""
    who = witness(house, exchange)
    denied = run.outcome.denied
    line = who.line(
        "fs",
        client_id=client.client_id,
        connection_id=connection.id,
        description=denied.reason if denied else None,
        actions=spoken(run.traces),
    )
    return (line, *failed_actions(run, who, client_id=client.client_id))


def alert(denied: Denial) -> Mapping[str, object]:
    """What the page says to somebody who may not sign up."""
    return {
        "text_id": _text(denied),
        "params": {"message": denied.user_message or ""},
    }


def _text(denied: Denial) -> str:
    told = denied.user_message is not None
    return "error.signup_refused_because" if told else "error.signup_refused"


async def wanted_newcomer(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    known: Welcome,
) -> Welcome:
    """As ``newcomer``, where refusals of the other party are caught.

    Raises:
        UpstreamRefusal: an action does not want them.
    """
    known, run = await newcomer(house, exchange, client, connection, known)
    denied = run.outcome.denied
    if denied is None:
        return known
    refusal = UpstreamRefusal(
        _text(denied),
        rule=denial(denied).rule,
        because=denied.reason,
        writes=refused(run, house, exchange, client, connection),
    )
    refusal.message = denied.user_message
    raise refusal


def after(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    user_id: str,
) -> None:
    """Tell the post-user-registration actions, beside the request.

    They are told once the account is really there, or never: who stops the server in
    between stops them too.
    """
    snapshot = house.snapshot
    if not acting.wanted(snapshot, house, _AFTER):
        return
    who = witness(house, exchange)

    async def tell() -> None:
        person = await house.store.read(FindPerson(user_id=user_id))
        if person is None:
            return
        event = _registration(client, connection, who, _AFTER)
        event["user"] = action_event.user(person.user, connection)
        run = await acting.ask(house, exchange, snapshot, _AFTER, event)
        await house.store.commit(
            failed_actions(run, who, client_id=client.client_id, user_id=user_id)
        )

    house.actions.later(tell)


def after_newcomer(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    known: Welcome,
) -> None:
    """The same for somebody whom a connection vouches for, if they were new."""
    if known.new:
        user_id = known.account.person.user.user_id
        after(house, exchange, client, connection, user_id)


def _registration(
    client: Client, connection: Connection, who: Witness, protocol: str
) -> Event:
    event = action_event.shared(client, connection, None, who, {})
    return {**event, "transaction": {"protocol": protocol}}
