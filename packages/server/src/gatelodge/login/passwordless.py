"""Signing in by what is sent to an address or number (contract 2.2, 3.7).

Whoever asks is told the same, whether or not there is such an account: a message is
always written, and thrown away where nobody may have it (security defaults 30). Codes
and links of one address share a name, so only the newest works, once.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.encoding import digest_of
from gatelodge.base.opaque import TICKET_PREFIX
from gatelodge.base.text import email_key, is_email
from gatelodge.login import one_time_code, phone
from gatelodge.login.letter import Letter, TextMessage, called
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.connection import EMAIL, SMS, Connection, Passwordless
from gatelodge.model.profile import Profile
from gatelodge.model.reads import Known, TicketBundle
from gatelodge.model.user import User
from gatelodge.model.writes import TakeTry, UseTicket
from gatelodge.oauth.log import Witness

TRIES: Final = 3
DRAWN_BYTES: Final = 32
STRATEGIES: Final = (EMAIL, SMS)
Kind: TypeAlias = Literal["code", "link"]
_LINK: Final = "passwordless/verify-redirect"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where a proof counts: in this app alone, and in the browser that asked for it.

    Attributes:
        binding: digest of the browser's cookie; "" for an app's own screen.
        state: the sealed sign-in that a link goes on with.
        params: the authorization request of a link that an app asked for.
        host: whose code it is, for phones that fill it in by themselves.
    """

    client_id: str
    binding: str = ""
    state: str | None = None
    params: dict[str, str] = {}
    host: str | None = None


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What is written and what is sent; ``withheld``: it is sent to nobody."""

    writes: tuple[Write, ...]
    message: Letter | TextMessage
    withheld: bool


def for_client(catalogue: Catalogue, client_id: str) -> tuple[Connection, ...]:
    """The passwordless connections that serve a client, in their order."""
    return tuple(
        one
        for one in catalogue.connections
        if one.strategy in STRATEGIES and one.serves(client_id)
    )


def named(catalogue: Catalogue, name: str | None, client_id: str) -> Connection | None:
    """The passwordless connection of this name, if it serves the client."""
    served = for_client(catalogue, client_id)
    return next((one for one in served if one.name == name), None)


def options_of(connection: Connection) -> Passwordless:
    """Its options, or the usual ones."""
    return connection.options.passwordless or Passwordless()


def address_of(connection: Connection, typed: str, region: str | None) -> str | None:
    """The one spelling of an address or number; None where it is none."""
    if connection.strategy == SMS:
        allowed = options_of(connection).regions
        return phone.number(typed, region=region, regions=allowed)
    key = email_key(typed)
    return key if is_email(key) else None


def start(
    known: Known | None,
    connection: Connection,
    address: str,
    *,
    kind: Kind,
    way: Way,
    issuer: str,
    key: bytes,
    raw: bytes,
    witness: Witness,
    token: str = "",
) -> Started:
    """A new code, or a new link with ``token``; the ones before stop working.

    ``raw``: ``DRAWN_BYTES`` random bytes; ``key``: as for ``one_time_code``.
    """
    user = known.person.user if known else None
    # A name of its own for a newcomer's row: rows of nobody are not looked through.
    owner = user.user_id if user else ticket_digest(connection, address)
    issued = _issued(
        connection, address, kind, way, owner=owner, key=key, raw=raw, now=witness.at
    )
    because = _withheld(known, connection)
    log = witness.line(
        "f" if because else "cls" if kind == "link" else "cs",
        client_id=way.client_id,
        user_id=user.user_id if user else None,
        connection_id=connection.id,
        description=because,
        user_name=address,
    )
    url = f"{issuer}{_LINK}?ticket={token}" if kind == "link" else None
    message = _message(connection, address, issued.code, url, way, user)
    return Started(
        writes=(*issued.writes, log), message=message, withheld=because is not None
    )


def _issued(
    connection: Connection,
    address: str,
    kind: Kind,
    way: Way,
    *,
    owner: str,
    key: bytes,
    raw: bytes,
    now: int,
) -> one_time_code.Issued:
    payload = {
        "client_id": way.client_id,
        "binding": way.binding,
        "state": way.state,
        "params": way.params,
        "kind": kind,
    }
    code = secret_of(raw) if kind == "link" else one_time_code.digits(raw)
    return one_time_code.keep(
        code,
        _name(connection, address),
        user_id=owner,
        payload=payload,
        key=key,
        lifetime=options_of(connection).lifetime * 1000,
        now=now,
    )


def secret_of(raw: bytes) -> str:
    """What a link carries: 256 random bits, spelled without what typing ignores."""
    return f"{TICKET_PREFIX}{raw[:DRAWN_BYTES].hex()}"


def take_try(connection: Connection, address: str, now: int) -> TakeTry:
    """To be committed before an answer is looked at: three looks at each code."""
    lifetime = options_of(connection).lifetime * 1000
    name = _name(connection, address)
    return one_time_code.take_try(name, most=TRIES, lifetime=lifetime, now=now)


def spend(connection: Connection, address: str, now: int) -> UseTicket:
    """To be committed before anything is given; lost when it was used before."""
    return one_time_code.spend(_name(connection, address), now)


def ticket_digest(connection: Connection, address: str) -> str:
    """Where the newest code or link of this address stands."""
    return digest_of(_name(connection, address))


def fits(
    bundle: TicketBundle | None,
    connection: Connection,
    address: str,
    typed: str,
    *,
    way: Way,
    kind: Kind,
    keys: tuple[bytes, ...],
    now: int,
) -> bool:
    """Whether this is the live proof of this address, for this app and browser."""
    name = _name(connection, address)
    right = one_time_code.fits(bundle, name, typed, keys=keys, now=now)
    if not right or bundle is None:
        return False
    held = bundle.ticket.payload
    here = (held.get("client_id"), held.get("binding"), held.get("kind"))
    return here == (way.client_id, way.binding, kind)


def profile_of(connection: Connection, address: str) -> Profile:
    """What a proof says of a person: that this address or number is theirs."""
    if connection.strategy == SMS:
        return Profile(
            external_id=address,
            phone=address,
            phone_verified=True,
            raw={"phone_number": address, "phone_verified": True},
        )
    return Profile(
        external_id=address,
        email=address,
        email_verified=True,
        raw={"email": address, "email_verified": True},
    )


def amr_of(connection: Connection) -> tuple[str, ...]:
    """How the person was proven, in the words of RFC 8176 §2."""
    return ("otp", "sms") if connection.strategy == SMS else ("otp",)


def _name(connection: Connection, address: str) -> str:
    return f"passwordless\x00{connection.id}\x00{address}"


def _withheld(known: Known | None, connection: Connection) -> str | None:
    """Why nothing is sent; the person sees no difference."""
    if known is None:
        closed = connection.options.disable_signup
        return "no such account, and sign-up is disabled" if closed else None
    return "user is blocked" if known.person.user.blocked_at is not None else None


def _message(
    connection: Connection,
    address: str,
    code: str,
    url: str | None,
    way: Way,
    user: User | None,
) -> Letter | TextMessage:
    options = options_of(connection)
    if connection.strategy == SMS:
        return TextMessage(
            name="login_code",
            recipient=address,
            code=code,
            own=options.text,
            host=way.host,
            lifetime=options.lifetime,
        )
    context: dict[str, object] = {
        "minutes": max(1, options.lifetime // 60),
        "user_name": called(user) if user else None,
    }
    if url is not None:
        context["url"] = url
        return Letter(name="login_link", recipient=address, context=context)
    context["code"] = code
    return Letter(name="login_code", recipient=address, context=context)
