"""Passkeys: signing in with one, making one, and when to offer it.

A passkey stands for password and second factor at once: its authenticator has to have
recognised the person (security defaults 35).
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base import ids
from gatelodge.base.change import Write
from gatelodge.base.clock import DAY, HOUR, MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.login import webauthn_answer
from gatelodge.login.relying_party import RelyingParty
from gatelodge.login.webauthn import Challenge
from gatelodge.login.webauthn_answer import Answer
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.factor import Factor
from gatelodge.model.reads import Account, FactorBundle, PasskeyStanding
from gatelodge.model.user import User
from gatelodge.model.writes import (
    AppendLog,
    ForgiveTries,
    InsertFactor,
    RecountFactors,
    TakeTry,
    UserSignedIn,
)
from gatelodge.oauth.log import Witness
from gatelodge.oauth.second_factor import MULTIPLE
from gatelodge.oauth.subject import usable

FACTOR_ID_BYTES: Final = 24
MOST: Final = 20
"""Passkeys of one person (contract 2.1)."""
SIGN_IN_LIFETIME: Final = HOUR
ENROLMENT_LIFETIME: Final = 15 * MINUTE
QUIET: Final = 30 * DAY
FAILED: Final = "passkey_challenge_failed"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody proven by a passkey; the writes go into the commit that lets them in.

    So does the challenge's own ``spend``, unless it was spent before.

    ``elsewhere``: the passkey is on another device than the one with the screen.
    """

    account: Account
    amr: tuple[str, ...]
    writes: tuple[Write, ...]
    elsewhere: bool


def takes_passkeys(connection: Connection | None) -> bool:
    """Whether people of this connection may have passkeys: of our own databases."""
    ours = connection is not None and connection.strategy == DATABASE
    return ours and connection is not None and connection.options.passkeys.enabled


def amr_of(*, synced: bool) -> tuple[str, ...]:
    """How a passkey is called in ``amr``: one device's key or many's (RFC 8176 §2).

    Two factors always, because nobody gets in whom the authenticator did not recognise.
    """
    return ("swk" if synced else "hwk", "user", MULTIPLE)


def enter(
    bundle: FactorBundle | None,
    answer: Answer,
    *,
    party: RelyingParty,
    challenge: Challenge,
    client: Client,
    catalogue: Catalogue,
    connection: Connection | None,
    witness: Witness,
) -> Entry:
    """Who signs in with this answer.

    ``connection``: the only one it may be, or None for any that serves the client.
    Somebody blocked is proven too: the hub refuses them, and nothing is counted here.

    Raises:
        WebauthnRefusal: nobody whom this client may have; its writes log why.
    """
    user = bundle.person.user if bundle else None
    try:
        known = _known(bundle, client, catalogue, connection)
        proof = webauthn_answer.verify(
            answer, known.factor, party=party, challenge=challenge, now=witness.at
        )
    except WebauthnRefusal as refusal:
        refusal.writes += (failure(refusal, witness, client=client, user=user),)
        raise
    person = known.person
    signed_in = UserSignedIn(user_id=person.user.user_id, at=witness.at, ip=witness.ip)
    counted = () if person.user.blocked_at is not None else (proof.use, signed_in)
    return Entry(
        account=Account(person=person, consented=known.consented),
        amr=amr_of(synced=proof.synced),
        writes=counted,
        elsewhere=answer.elsewhere,
    )


def new_factor(
    answer: Answer,
    user: User,
    *,
    party: RelyingParty,
    challenge: Challenge,
    known: tuple[Factor, ...] = (),
    raw: bytes,
    now: int,
) -> Factor:
    """One more passkey of this person; ``raw``: FACTOR_ID_BYTES.

    Raises:
        WebauthnRefusal: the answer is not good, or they have as many as there may be.
    """
    if sum(factor.kind == "passkey" for factor in known) >= MOST:
        raise WebauthnRefusal("error.passkey_full", rule="Auth0-passkey-limit")
    return webauthn_answer.register(
        answer,
        party=party,
        challenge=challenge,
        user_id=user.user_id,
        kind="passkey",
        factor_id=f"passkey|{ids.entity_id('dev', raw)}",
        name=None,
        now=now,
    )


def added(
    factor: Factor, user: User, *, client_id: str | None, witness: Witness
) -> tuple[Write, ...]:
    """The writes that give it to them; ``challenge.spend`` goes beside."""
    log = witness.line(
        "gd_enrollment_complete",
        client_id=client_id,
        user_id=user.user_id,
        connection_id=user.connection_id,
        description="a passkey was added",
        factor=factor.id,
        synced=bool(factor.details["synced"]),
    )
    recount = RecountFactors(user_id=user.user_id, at=witness.at)
    return (InsertFactor(factor=factor), recount, log)


def failure(
    refusal: WebauthnRefusal,
    witness: Witness,
    *,
    client: Client,
    user: User | None = None,
) -> AppendLog:
    """The tenant log says what the page does not."""
    return witness.line(
        FAILED,
        client_id=client.client_id,
        user_id=user.user_id if user else None,
        connection_id=user.connection_id if user else None,
        description=refusal.because,
        rule=refusal.rule,
    )


def offer_due(
    standing: PasskeyStanding,
    connection: Connection | None,
    *,
    elsewhere: bool,
    now: int,
) -> bool:
    """Whether to offer a passkey to somebody who has just signed in (contract 1.9).

    To those who have none, and to those whose passkey is on another device.
    """
    if connection is None or not takes_passkeys(connection):
        return False
    if standing.quiet_until is not None and now < standing.quiet_until:
        return False
    options = connection.options.passkeys
    if elsewhere:
        return options.local_enrollment and standing.passkeys < MOST
    return options.progressive_enrollment and standing.passkeys == 0


def quiet_key(user_id: str) -> str:
    """Where it is kept that this person was asked."""
    return digest_of(f"passkey offer\x00{user_id}")


def be_quiet(user_id: str, now: int) -> tuple[Write, ...]:
    """They were asked: not again for 30 days."""
    key = quiet_key(user_id)
    return (
        ForgiveTries(key=key),
        TakeTry(key=key, most=1, at=now, until=now + QUIET),
    )


def _known(
    bundle: FactorBundle | None,
    client: Client,
    catalogue: Catalogue,
    connection: Connection | None,
) -> FactorBundle:
    """A passkey we know, of somebody who may sign in here with one."""
    if bundle is None or bundle.factor.kind != "passkey":
        raise _unknown("no passkey of anybody")
    own = catalogue.connection_by_id(bundle.person.user.connection_id)
    if not takes_passkeys(own) or not usable(bundle.person, client, catalogue):
        raise _unknown("the person's connection takes no passkeys of this client")
    if connection is not None and connection != own:
        raise _unknown("the passkey is of another connection")
    return bundle


def _unknown(because: str) -> WebauthnRefusal:
    return WebauthnRefusal(
        "error.passkey_unknown", rule="House-passkey-known", because=because
    )
