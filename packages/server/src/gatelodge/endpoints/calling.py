"""An authenticated call to a back-channel endpoint: parameters, client, witness."""

from __future__ import annotations

import ipaddress
import json

import msgspec

from gatelodge.base.errors import InvalidClient, InvalidRequest
from gatelodge.base.exchange import Exchange
from gatelodge.base.params import from_json, parse_form, single
from gatelodge.house import House, Snapshot
from gatelodge.model.client import Client
from gatelodge.oauth.client_auth import authenticate
from gatelodge.oauth.log import Witness


class Calling(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls and with what."""

    exchange: Exchange
    snapshot: Snapshot
    params: dict[str, str]
    client: Client
    witness: Witness


def params_of(exchange: Exchange) -> dict[str, str]:
    """Parameters of a form or a JSON body; both mean the same (contract 3.1).

    Raises:
        InvalidRequest: another media type, or a body that cannot be read.
    """
    media_type = exchange.headers.get("content-type", "").partition(";")[0].strip()
    if media_type.lower() == "application/json":
        return from_json(json_body(exchange))
    if media_type.lower() in ("application/x-www-form-urlencoded", ""):
        return single(parse_form(_text(exchange)))
    raise InvalidRequest(
        "Content-Type must be application/x-www-form-urlencoded or application/json",
        rule="RFC6749-4.1.3.content_type",
    )


def json_body(exchange: Exchange) -> object:
    """Decode a JSON body.

    Raises:
        InvalidRequest: it is not JSON, or names a member twice.
    """
    try:
        return json.loads(
            exchange.body, object_pairs_hook=_each_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not JSON", rule="Auth0-json") from error


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A member sent twice is refused, as a parameter would be (RFC 6749 §3.1)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member came twice")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


async def client_of(
    house: House, exchange: Exchange, params: dict[str, str], who: Witness
) -> Calling:
    """Authenticate the client of this call.

    An assertion is spent here, whatever becomes of the call: seen once, it is no good
    to anybody else (RFC 7523 §3, 7).

    Raises:
        InvalidClient, InvalidRequest: see ``oauth.client_auth``.
    """
    snapshot = house.snapshot
    issuer = exchange.issuer
    proven = authenticate(
        params,
        exchange.headers.get("authorization"),
        snapshot.catalogue,
        audiences=(issuer, issuer.rstrip("/"), f"{issuer}oauth/token"),
        now=who.at,
    )
    if proven.writes and not await house.store.commit(proven.writes):
        used = InvalidClient(
            "Unauthorized", rule="RFC7523-3.7", because="assertion used before"
        )
        used.client_id = proven.client.client_id
        raise used
    exchange = forwarded(exchange, proven.client)
    return Calling(
        exchange=exchange,
        snapshot=snapshot,
        params=params,
        client=proven.client,
        witness=msgspec.structs.replace(who, ip=exchange.ip),
    )


def forwarded(exchange: Exchange, client: Client) -> Exchange:
    """The exchange as from the person's own address, if the client may tell it.

    A server that signs people in by itself has one address for all of them; only one
    that has proven itself is believed, where its registration says so (contract 1.2).
    """
    told = exchange.headers.get("auth0-forwarded-for", "").strip()
    if client.public or not client.options.trusts_forwarded_for or not told:
        return exchange
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return exchange
    return msgspec.structs.replace(exchange, ip=str(address))


def _text(exchange: Exchange) -> str:
    try:
        return exchange.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The body cannot be read", rule="RFC6749-B") from error
