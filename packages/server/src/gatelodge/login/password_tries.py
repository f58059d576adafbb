"""How many passwords may be tried, and what follows when no more are looked at.

Counted are an account as seen from one network, that network whoever it says it is, and
how fast one account is signed in to (contract 2.4; security defaults 28). A name that
nobody has is counted like one that somebody has.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import DAY
from gatelodge.login import throttle, ticket
from gatelodge.login.letter import Letter, called
from gatelodge.model.attack_protection import AttackProtection, BruteForce
from gatelodge.model.connection import Connection
from gatelodge.model.reads import Account, TicketBundle, Tries
from gatelodge.model.user import User
from gatelodge.model.writes import DrawToken, ForgiveSubject, TakeTry, UseTicket
from gatelodge.oauth.log import Witness

Reason: TypeAlias = Literal["account", "network", "velocity"]

_LOG: Final[dict[Reason, str]] = {
    "account": "limit_wc",
    "network": "limit_mu",
    "velocity": "limit_sul",
}
_SAYS: Final[dict[Reason, str]] = {
    "account": "too many wrong passwords for this account",
    "network": "too many failed sign-ins from this network",
    "velocity": "too many sign-ins to this account in a minute",
}
_UNBLOCK_LIFETIME: Final = DAY // 1000


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What one sign-in takes before its password is looked at.

    Attributes:
        by: the writes, in the order in which they are named as the reason.
        back: what of it is given back when the password was right.
    """

    who: str
    by: dict[Reason, TakeTry | DrawToken]
    back: dict[Reason, Write]

    @property
    def writes(self) -> tuple[Write, ...]:
        """All of it, in one commit that is lost where one is used up."""
        return tuple(self.by.values())

    @property
    def forgiven(self) -> tuple[Write, ...]:
        """What a right password gives back."""
        return tuple(self.back.values())

    def without_account(self) -> Taken:
        """What is left where wrong passwords are told, and not held against anybody."""
        by = {reason: one for reason, one in self.by.items() if reason != "account"}
        return msgspec.structs.replace(self, by=by)


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """No password is looked at.

    Attributes:
        most: how many there are.
        again_at: when the next is there, milliseconds.
    """

    reason: Reason
    most: int
    again_at: int


def take(
    account: Account | None,
    *,
    identifier: str,
    connection: Connection,
    ip: str,
    protection: AttackProtection,
    now: int,
) -> Taken:
    """What to take for one sign-in to this account from this address."""
    user_id = account.named.user_id if account else None
    who = user_id or f"{connection.id}\x00{identifier}"
    network = throttle.network_of(ip)
    by: dict[Reason, TakeTry | DrawToken] = {}
    back: dict[Reason, Write] = {}
    shield, crowd = protection.brute_force, protection.suspicious_ip
    if shield.enabled and not throttle.listed(ip, shield.allowlist):
        bound, subject = _bound(shield), _subject(shield, who, network)
        by["account"] = throttle.take(bound, *subject, now=now, user_id=user_id)
        back["account"] = throttle.forgive(bound, *subject)
    if crowd.enabled and not throttle.listed(ip, crowd.allowlist):
        stage = crowd.pre_login
        bucket = throttle.Bucket(
            name="failed sign-ins", most=stage.max_attempts, rate=stage.rate
        )
        by["network"] = throttle.draw(bucket, network, now=now)
        back["network"] = throttle.give_back(bucket, network)
        by["velocity"] = throttle.draw(throttle.VELOCITY, who, network, now=now)
    return Taken(who=who, by=by, back=back)


def blocked(reason: Reason, taken: Taken, row: Tries | None) -> Blocked | None:
    """Whether this is what is used up; None where it is not."""
    write = taken.by[reason]
    if row is None:
        return None
    if isinstance(write, TakeTry):
        if row.count < write.most or row.until <= write.at:
            return None
        return Blocked(reason=reason, most=write.most, again_at=row.until)
    again_at = row.until - write.slack
    if again_at <= write.at:
        return None
    most = write.slack // write.rate + 1
    return Blocked(reason=reason, most=most, again_at=again_at)


def told(
    block: Blocked,
    taken: Taken,
    *,
    client_id: str,
    connection: Connection,
    identifier: str,
    user: User | None,
    witness: Witness,
) -> tuple[Write, ...]:
    """The line about a block; lost, an hour long, after the first."""
    once = throttle.take(throttle.BLOCK_TOLD, block.reason, taken.who, now=witness.at)
    line = witness.line(
        _LOG[block.reason],
        client_id=client_id,
        user_id=user.user_id if user else None,
        connection_id=connection.id,
        description=_SAYS[block.reason],
        user_name=None if user else identifier[:254],
    )
    return (once, line)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The mail about a block, with the link that lifts it."""

    writes: tuple[Write, ...]
    letter: Letter


def notice(
    user: User, *, issuer: str, client_id: str, witness: Witness, raw: bytes
) -> Notice:
    """Tell the person; whoever reads their mail may lift it."""
    issued = ticket.issue(
        user,
        "unblock",
        payload={"client_id": client_id},
        lifetime=_UNBLOCK_LIFETIME,
        raw=raw,
        now=witness.at,
    )
    url = f"{issuer}u/unblock?ticket={issued.secret}"
    letter = Letter(
        name="blocked_account",
        recipient=user.email,
        context={"url": url, "user_name": called(user)},
    )
    return Notice(writes=issued.writes, letter=letter)


def unblock(bundle: TicketBundle, user: User, *, witness: Witness) -> tuple[Write, ...]:
    """The link was followed: the account has all its tries again, from everywhere."""
    return (
        UseTicket(digest=bundle.ticket.digest, used_at=witness.at),
        ForgiveSubject(subject=user.user_id),
        witness.line(
            "sapi",
            user_id=user.user_id,
            connection_id=user.connection_id,
            description="A block was lifted by mail",
        ),
    )


def _bound(shield: BruteForce) -> throttle.Bound:
    return msgspec.structs.replace(throttle.PASSWORD, most=shield.max_attempts)


def _subject(shield: BruteForce, who: str, network: str) -> tuple[str, ...]:
    return (who,) if shield.mode == "count_per_identifier" else (who, network)
