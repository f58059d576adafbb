"""Codes that a person types: six digits, sent by mail or text (contract 2.2, 2.3).

A code is kept as an HMAC, so that the database does not tell it; it lives under a name,
and only the newest of that name works. Each answer first takes a try, so that many at
once gain nothing (security defaults 33).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.model.grant import Ticket
from gatelodge.model.reads import TicketBundle
from gatelodge.model.writes import ForgiveTries, PutTicket, TakeTry, UseTicket

CODE_BYTES: Final = 8
MAC_PURPOSE: Final = "one-time code"
_DIGITS: Final = 6


def digest(name: str) -> str:
    """Under which digest the code of this name is kept."""
    return digest_of(name)


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A new code to send, and what has to be written first."""

    code: str
    writes: tuple[PutTicket, ForgiveTries]


def issue(
    name: str,
    *,
    user_id: str,
    payload: dict[str, Any],
    key: bytes,
    lifetime: int,
    raw: bytes,
    now: int,
) -> Issued:
    """A code under ``name``; the one before it stops working.

    ``lifetime`` in milliseconds; ``raw``: ``CODE_BYTES`` random bytes; ``key``: the
    first of the sealer's HMAC keys for ``MAC_PURPOSE``.
    """
    return keep(
        digits(raw),
        name,
        user_id=user_id,
        payload=payload,
        key=key,
        lifetime=lifetime,
        now=now,
    )


def digits(raw: bytes) -> str:
    """Six digits from ``CODE_BYTES`` random bytes."""
    number = int.from_bytes(raw[:CODE_BYTES], "big") % 10**_DIGITS
    return f"{number:0{_DIGITS}d}"


def keep(
    code: str,
    name: str,
    *,
    user_id: str,
    payload: dict[str, Any],
    key: bytes,
    lifetime: int,
    now: int,
) -> Issued:
    """The same for a secret that the caller has made: one that a link carries."""
    ticket = Ticket(
        digest=digest(name),
        purpose="one_time_code",
        user_id=user_id,
        payload={**payload, "mac": _mac(key, name, code)},
        created_at=now,
        expires_at=now + lifetime,
    )
    forgiven = ForgiveTries(key=_tries(name))
    return Issued(code=code, writes=(PutTicket(ticket=ticket), forgiven))


def take_try(name: str, *, most: int, lifetime: int, now: int) -> TakeTry:
    """To be committed before an answer is looked at; lost when tries are used up."""
    return TakeTry(key=_tries(name), most=most, at=now, until=now + lifetime + MINUTE)


def fits(
    bundle: TicketBundle | None,
    name: str,
    typed: str,
    *,
    keys: Sequence[bytes],
    now: int,
) -> bool:
    """Whether what was typed is the live code of this name; spaces do not count."""
    if bundle is None or bundle.ticket.used_at is not None:
        return False
    if bundle.ticket.expires_at <= now:
        return False
    mac = str(bundle.ticket.payload.get("mac", ""))
    code = "".join(typed.split()).replace("-", "")
    return any(hmac.compare_digest(_mac(key, name, code), mac) for key in keys)


def spend(name: str, now: int) -> UseTicket:
    """To be committed with what the code gives; lost when it was used before."""
    return UseTicket(digest=digest(name), used_at=now)


def _mac(key: bytes, name: str, code: str) -> str:
    message = f"{name}\x00{code}".encode("utf-8", "surrogatepass")
    return b64url(hmac.digest(key, message, "sha256"))


def _tries(name: str) -> str:
    return digest_of(f"tries\x00{name}")
