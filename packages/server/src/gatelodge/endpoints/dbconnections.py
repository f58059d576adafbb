"""``/dbconnections/signup`` and ``/dbconnections/change_password`` (contract 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gatelodge.base.change import Write
from gatelodge.base.errors import DatabaseRefusal, InvalidRequest
from gatelodge.base.exchange import Exchange, Json, Reply, Text
from gatelodge.base.ids import USER_ID_BYTES
from gatelodge.base.params import check_text
from gatelodge.base.text import email_key, is_email
from gatelodge.endpoints import bounds, post_office, registering
from gatelodge.endpoints.calling import json_body, params_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.forgot_page import send_link
from gatelodge.house import House
from gatelodge.login import password_policy, signup
from gatelodge.login.reset import ANSWER
from gatelodge.login.ticket import TICKET_BYTES
from gatelodge.model.client import Client
from gatelodge.model.connection import Connection
from gatelodge.model.user import User
from gatelodge.oauth.log import Witness, failed_actions, noted
from gatelodge.oauth.outcome import Denial, denial

_MOST_METADATA: Final = 10
_LONGEST_KEY: Final = 100
_LONGEST_VALUE: Final = 500


async def sign_up(house: House, exchange: Exchange) -> Reply:
    """Create an account without signing it in.

    Raises:
        DatabaseRefusal: Auth0's codes for a weak password or a taken address.
        InvalidRequest: client or connection are missing.
        TooManyRequests: too many accounts from this network.
    """
    params = params_of(exchange)
    client, connection = _where(house, params)
    who = witness(house, exchange)
    if connection.options.disable_signup:
        raise _failed(who, client, connection, "signup is disabled")
    form = signup.read(params, connection, metadata=metadata_of(exchange))
    if form.broken:
        raise _weak(connection)
    if not form.good:
        raise _failed(who, client, connection, "a field is malformed")
    return await _create(house, exchange, client, connection, form, who)


async def _create(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    form: signup.Form,
    who: Witness,
) -> Reply:
    await bounds.check_sign_up(house, exchange, client.client_id)
    form, run = await registering.fill_in(house, exchange, client, connection, form)
    if run.outcome.denied is not None:
        lines = registering.refused(run, house, exchange, client, connection)
        raise _refused(run.outcome.denied, lines)
    phc = await house.hashing.hash(form.password)
    settings = house.snapshot.catalogue.settings
    made = signup.create(
        form,
        phc=phc,
        connection=connection,
        client_id=client.client_id,
        settings=settings,
        issuer=exchange.issuer,
        witness=who,
        raw=house.entropy.draw(USER_ID_BYTES + TICKET_BYTES),
    )
    mails = post_office.queue(house, exchange, made.letters)
    failed = failed_actions(run, who, client_id=client.client_id)
    changes = (*noted(made.writes, run), *mails, *failed)
    if not await house.store.commit(changes):
        told = settings.public_signup_user_exists_error
        raise _failed(who, client, connection, "taken", exists=told)
    user = made.user
    registering.after(house, exchange, client, connection, user.user_id)
    return Json(body=_body(user, form))


def _body(user: User, form: signup.Form) -> dict[str, Any]:
    body: dict[str, Any] = {
        "_id": user.user_id.partition("|")[2],
        "email": user.email,
        "email_verified": False,
        **form.profile,
    }
    if user.username:
        body["username"] = user.username
    if form.metadata:
        body["user_metadata"] = form.metadata
    return body


async def change_password(house: House, exchange: Exchange) -> Reply:
    """Send a reset link; the same text whether or not there is such an account.

    Raises:
        DatabaseRefusal: the address is not one.
        InvalidRequest: client or connection are missing.
        TooManyRequests: too many links from this network.
    """
    params = params_of(exchange)
    client, connection = _where(house, params)
    email = email_key(params.get("email", ""))
    if not is_email(email):
        raise DatabaseRefusal(
            "email is required",
            code="invalid_request",
            name="Error",
            rule="Auth0-email",
        )
    await bounds.check_reset(house, exchange, email, client.client_id)
    if not connection.options.disable_self_service_change_password:
        await send_link(
            house, exchange, connection, email=email, client=client, restart=None
        )
    return Text(text=ANSWER)


def _where(house: House, params: Mapping[str, str]) -> tuple[Client, Connection]:
    catalogue = house.snapshot.catalogue
    client = catalogue.clients.get(params.get("client_id", ""))
    if client is None:
        raise InvalidRequest("client_id is missing or unknown", rule="Auth0-client_id")
    name = params.get("connection", "")
    connection = catalogue.connection(name)
    if (
        connection is None
        or connection.strategy != "auth0"
        or not connection.serves(client.client_id)
    ):
        raise InvalidRequest("connection does not exist", rule="Auth0-connection")
    return client, connection


def metadata_of(exchange: Exchange) -> dict[str, Any]:
    """``user_metadata`` of a JSON body: at most 10 short texts (contract 1.8).

    Raises:
        InvalidRequest: it is not.
    """
    if not exchange.headers.get("content-type", "").startswith("application/json"):
        return {}
    body = json_body(exchange)
    given = body.get("user_metadata") if isinstance(body, dict) else None
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > _MOST_METADATA:
        raise InvalidRequest("user_metadata is malformed", rule="Auth0-user_metadata")
    for key, value in given.items():
        fits = isinstance(value, str) and len(value) <= _LONGEST_VALUE
        if not fits or len(key) > _LONGEST_KEY or "." in key or "$" in key:
            raise InvalidRequest(
                "user_metadata is malformed", rule="Auth0-user_metadata"
            )
        check_text(key)
        check_text(value)
    return given


def _refused(denied: Denial, lines: tuple[Write, ...]) -> DatabaseRefusal:
    """Auth0's answer where an action does not want somebody (contract 3.2)."""
    return DatabaseRefusal(
        denied.user_message or denied.reason,
        code="extensibility_error",
        name="InternalExtensibilityError",
        rule=denial(denied).rule,
        because=denied.reason,
        writes=lines,
    )


def _weak(connection: Connection) -> DatabaseRefusal:
    rules = password_policy.rules(connection.options)
    policy = "\n".join(f"* {password_policy.spoken(rule)}" for rule in rules)
    return DatabaseRefusal(
        "Password is too weak",
        code="invalid_password",
        name="PasswordStrengthError",
        policy=policy,
        rule="Auth0-password-strength",
    )


def _failed(
    who: Witness,
    client: Client,
    connection: Connection,
    because: str,
    *,
    exists: bool = False,
) -> DatabaseRefusal:
    """One answer for a taken address and a refused field, unless the tenant tells."""
    log = who.line(
        "fs",
        client_id=client.client_id,
        connection_id=connection.id,
        description=because,
        nth=1,
    )
    return DatabaseRefusal(
        "The user already exists." if exists else "Invalid sign up",
        code="user_exists" if exists else "invalid_signup",
        name="BadRequestError",
        rule="Auth0-signup",
        because=because,
        writes=(log,),
    )
