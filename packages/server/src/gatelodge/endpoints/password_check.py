"""A password against the account it is meant for: tries first, then the hash.

The tries are taken in a commit of their own before anything is looked at, so that many
at once gain nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.errors import TooManyAttempts
from gatelodge.base.exchange import Exchange
from gatelodge.endpoints import bounds, post_office
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import password, password_tries, throttle
from gatelodge.login.password_tries import Blocked, Reason, Taken
from gatelodge.login.ticket import TICKET_BYTES
from gatelodge.model.connection import Connection
from gatelodge.model.reads import Account, FindTries
from gatelodge.model.user import User

_NOBODY: Final = User(
    user_id="",
    connection_id="",
    email_key="",
    email="nobody@example.com",
    created_at=0,
    updated_at=0,
)
SAYS: Final[Mapping[Reason, str]] = {
    "account": "Your account has been blocked after multiple consecutive login"
    " attempts.",
    "network": "We have detected suspicious login behavior and further attempts will"
    " be blocked.",
    "velocity": "Too many logins with the same username or email.",
}
TEXTS: Final[Mapping[str, str]] = {
    SAYS["account"]: "error.too_many_wrong",
    SAYS["network"]: "error.too_many_from_here",
    SAYS["velocity"]: "error.too_many_sign_ins",
}


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Who is meant by whom; ``account`` answers to ``identifier``, if any does."""

    exchange: Exchange
    account: Account | None
    connection: Connection
    client_id: str
    identifier: str

    @property
    def mailbox(self) -> User | None:
        """The person to tell of a block, if there is one who may sign in."""
        if self.account is None or self.account.person.user.blocked_at is not None:
            return None
        return self.account.named if self.account.named.email else None


async def check(
    house: House, attempt: Attempt, typed: str, *, log: str | None = None
) -> password.Verdict:
    """What a password says of the account that it is typed for.

    Raises:
        TooManyAttempts: no password is looked at; nobody learns whether it was right.
        TooManyRequests: the hashers are busy.
    """
    taken = await _take(house, attempt)
    account = attempt.account
    known = account.password.phc if account and account.password else None
    fits = await house.hashing.verify(typed, known)
    renew = fits and known and house.hashing.hasher.outdated(known)
    verdict = password.judge(
        account,
        fits=fits,
        new_phc=await house.hashing.hash(typed) if renew else None,
        connection=attempt.connection,
        client_id=attempt.client_id,
        identifier=attempt.identifier,
        witness=witness(house, attempt.exchange),
        log=log,
    )
    if verdict.account is None:
        return verdict
    return msgspec.structs.replace(verdict, forgiven=taken.forgiven)


async def _take(house: House, attempt: Attempt) -> Taken:
    protection = house.snapshot.catalogue.settings.attack_protection
    taken = password_tries.take(
        attempt.account,
        identifier=attempt.identifier,
        connection=attempt.connection,
        ip=attempt.exchange.ip,
        protection=protection,
        now=house.clock.now(),
    )
    if not taken.writes or await house.store.commit(taken.writes):
        return taken
    block = await _block(house, taken)
    await _tell(house, attempt, taken, block)
    if block.reason != "account" or "block" in protection.brute_force.shields:
        raise refusal(block)
    crowd = taken.without_account()  # the others hold all the same
    if crowd.writes and not await house.store.commit(crowd.writes):
        raise refusal(await _block(house, crowd))
    return crowd


async def _block(house: House, taken: Taken) -> Blocked:
    for reason, write in taken.by.items():
        row = await house.store.read(FindTries(key=write.key))
        found = password_tries.blocked(reason, taken, row)
        if found is not None:
            return found
    again_at = house.clock.now() + 1000  # it was there again already
    return Blocked(reason="velocity", most=throttle.VELOCITY.most, again_at=again_at)


async def _tell(house: House, attempt: Attempt, taken: Taken, block: Blocked) -> None:
    """The log, and the person by mail; once an hour, and as long for nobody."""
    user, who = attempt.mailbox, witness(house, attempt.exchange)
    lines = password_tries.told(
        block,
        taken,
        client_id=attempt.client_id,
        connection=attempt.connection,
        identifier=attempt.identifier,
        user=attempt.account.named if attempt.account else None,
        witness=who,
    )
    shields = house.snapshot.catalogue.settings.attack_protection.brute_force.shields
    if block.reason != "account" or "user_notification" not in shields:
        await house.store.commit(lines)
        return
    notice = password_tries.notice(
        user or _NOBODY,
        issuer=attempt.exchange.issuer,
        client_id=attempt.client_id,
        witness=who,
        raw=house.entropy.draw(TICKET_BYTES),
    )
    mails = post_office.queue(house, attempt.exchange, (notice.letter,))
    await house.store.commit((*lines, *notice.writes, *mails) if user else lines)


def refusal(block: Blocked) -> TooManyAttempts:
    """429, and when to come back (contract 3.13)."""
    return TooManyAttempts(
        SAYS[block.reason],
        rule="Auth0-too-many-attempts",
        headers=bounds.headers(block.most, block.again_at),
    )
