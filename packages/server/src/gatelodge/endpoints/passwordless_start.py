"""``/passwordless/start``: an app asks for a code or a link (contract 3.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gatelodge.base.errors import (
    InvalidClient,
    PasswordlessRefusal,
    Refusal,
    TooManyRequests,
    UnauthorizedClient,
)
from gatelodge.base.exchange import Exchange, Json, Reply
from gatelodge.base.params import from_json
from gatelodge.endpoints import passwordless
from gatelodge.endpoints.calling import client_of, forwarded, json_body, params_of
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import passwordless as rules
from gatelodge.model.client import PASSWORDLESS, Client
from gatelodge.model.connection import SMS, Connection
from gatelodge.oauth.request import check

_LINKS: Final = frozenset({"link", "link_android", "link_ios"})
_NESTED: Final = re.compile(r"authParams\[(\w+)\]")
_ID_BYTES: Final = 12
_WINDOW: Final = "3600"


async def start(house: House, exchange: Exchange) -> Reply:
    """Send it; the answer tells nothing of who is known here.

    Raises:
        PasswordlessRefusal: Auth0's codes for what is wrong with the request.
        InvalidClient: the client could not prove itself.
        UnauthorizedClient: the client may not redeem such a code.
        TooManyRequests: too many were asked for.
    """
    params = params_of(exchange)
    client, exchange = await _client(house, exchange, params)
    connection = _connection(house, params, client)
    address = _address(house, params, connection)
    kind = _kind(params, connection)
    wanted: dict[str, str] = {}
    if kind == "link":
        wanted = _wanted(house, exchange, params, client)
    elif PASSWORDLESS not in client.grant_types:
        raise UnauthorizedClient(
            f"Grant type '{PASSWORDLESS}' not allowed for the client.",
            rule="RFC6749-5.2.unauthorized_client",
        )
    way = rules.Way(client_id=client.client_id, params=wanted)
    locales = exchange.headers.get("x-request-language")
    if not await passwordless.send(
        house, exchange, connection, address, kind=kind, way=way, ui_locales=locales
    ):
        raise TooManyRequests(
            "Too many passwordless messages were asked for. Please try again later.",
            rule="Auth0-passwordless-limit",
            headers={"Retry-After": _WINDOW},
        )
    return Json(body=_answer(house, connection, address))


async def _client(
    house: House, exchange: Exchange, params: dict[str, str]
) -> tuple[Client, Exchange]:
    """A client that proves itself, where it can and the tenant does not excuse it."""
    catalogue = house.snapshot.catalogue
    client = catalogue.clients.get(params.get("client_id", ""))
    sent = {"client_secret", "client_assertion"} & params.keys()
    basic = "authorization" in exchange.headers
    if client is None and not sent and not basic:
        raise PasswordlessRefusal(
            "client_id is missing or unknown",
            code="bad.client_id",
            rule="Auth0-passwordless-client",
        )
    must = catalogue.settings.enforce_client_authentication_on_passwordless_start
    if client is not None and not (must or sent or basic):
        return client, exchange
    who = witness(house, exchange)
    try:
        calling = await client_of(house, exchange, params, who)
    except InvalidClient as refusal:
        line = who.line(
            "f",
            client_id=refusal.client_id,
            description=refusal.says,
            because=refusal.because,
            rule=refusal.rule,
        )
        refusal.writes = (*refusal.writes, line)
        raise
    return calling.client, forwarded(exchange, calling.client)


def _connection(house: House, params: Mapping[str, str], client: Client) -> Connection:
    found = rules.named(
        house.snapshot.catalogue, params.get("connection"), client.client_id
    )
    if found is None:
        raise PasswordlessRefusal(
            "The connection does not exist, or is not enabled for this client",
            code="bad.connection",
            rule="Auth0-passwordless-connection",
        )
    return found


def _address(house: House, params: Mapping[str, str], connection: Connection) -> str:
    sms = connection.strategy == SMS
    typed = params.get("phone_number" if sms else "email", "")
    region = house.snapshot.catalogue.settings.phone_region
    address = rules.address_of(connection, typed, region)
    if address is None and sms:
        raise PasswordlessRefusal(
            "phone_number is not a number that texts are sent to",
            code="bad.phone_number",
            rule="Auth0-passwordless-address",
        )
    if address is None:
        raise PasswordlessRefusal(
            "email is missing or malformed",
            code="bad.email",
            rule="Auth0-passwordless-address",
        )
    return address


def _kind(params: Mapping[str, str], connection: Connection) -> rules.Kind:
    """``link`` unless it says otherwise; a text always holds a code."""
    send = params.get("send", "link")
    if send not in _LINKS and send != "code":
        raise PasswordlessRefusal(
            "send is 'link' or 'code'",
            code="bad.request",
            rule="Auth0-passwordless-send",
        )
    return "code" if connection.strategy == SMS or send == "code" else "link"


def _wanted(
    house: House, exchange: Exchange, params: Mapping[str, str], client: Client
) -> dict[str, str]:
    """The authorization request that the link goes on with, checked beforehand."""
    said = _auth_params(exchange, params)
    request = {
        "response_type": "code",
        **{name: value for name, value in said.items() if name != "prompt"},
        "client_id": client.client_id,
    }
    try:
        check(
            request.items(),
            house.snapshot.catalogue,
            issuer=exchange.issuer,
            hint_keys=house.snapshot.keyring.public_keys,
        )
    except Refusal as refusal:
        raise PasswordlessRefusal(
            refusal.says,
            code="bad.authParams",
            rule="Auth0-passwordless-authParams",
            because=f"{refusal.rule}: {refusal.because}",
        ) from refusal
    return request


def _auth_params(exchange: Exchange, params: Mapping[str, str]) -> dict[str, str]:
    """``authParams``: an object in JSON, ``authParams[scope]`` in a form."""
    if exchange.headers.get("content-type", "").startswith("application/json"):
        body = json_body(exchange)
        given = body.get("authParams") if isinstance(body, dict) else None
        return from_json(given or {})
    nested = {_NESTED.fullmatch(name): value for name, value in params.items()}
    return {found[1]: value for found, value in nested.items() if found}


def _answer(house: House, connection: Connection, address: str) -> dict[str, object]:
    """``_id`` is nobody's: an account's would tell that there is one."""
    own = house.entropy.draw(_ID_BYTES).hex()
    if connection.strategy == SMS:
        return {"_id": own, "phone_number": address, "phone_verified": False}
    return {"_id": own, "email": address, "email_verified": False}
