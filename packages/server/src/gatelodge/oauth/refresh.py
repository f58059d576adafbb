"""Refresh: rotation that signs no honest phone out and still catches a thief.

RFC 6749 §6, RFC 9700 §4.14.2, decisions 1. A family is one device. Its newest token is
number ``generation``. The same old token yields the same successor, any number of
times, until the successor is used, at most for the overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import msgspec

from gatelodge.base.change import Decision
from gatelodge.base.errors import InvalidGrant
from gatelodge.base.opaque import RefreshTokens, Shown
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client, RefreshPolicy
from gatelodge.model.grant import Family
from gatelodge.model.reads import FamilyBundle
from gatelodge.model.writes import EndFamily, TurnFamily
from gatelodge.oauth import audience
from gatelodge.oauth.issuance import (
    Issuance,
    NextRefresh,
    absolute_end,
    idle_end,
    issue,
)
from gatelodge.oauth.log import Witness
from gatelodge.oauth.outcome import NO_RUN, Run, check_without_person, scopes_of, spoken
from gatelodge.oauth.scope import for_user, narrow
from gatelodge.oauth.subject import UNKNOWN, check_alive
from gatelodge.oauth.token_claims import Subject


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Which generation to answer with, and the change that makes it so."""

    generation: int
    writes: tuple[TurnFamily, ...] = ()


def exchange(
    bundle: FamilyBundle | None,
    shown: Shown,
    params: Mapping[str, str],
    *,
    client: Client,
    catalogue: Catalogue,
    issuer: str,
    tokens: RefreshTokens,
    witness: Witness,
    jti: str,
    run: Run = NO_RUN,
) -> Decision[Issuance]:
    """Exchange a refresh token; person, roles and ``run`` (actions) are of now.

    Raises InvalidGrant with the contract's one text, Unauthorized for the blocked.
    """
    family = _family(bundle, shown, client, tokens, witness.at)
    turn = turned(family, shown.generation, client.options.refresh, witness=witness)
    person = check_alive(bundle.person if bundle else None, client, catalogue)
    api = audience.granted(family.audience, catalogue, says=UNKNOWN)
    held = family.scopes
    may = for_user(held, client=client, api=api, catalogue=catalogue, person=person)
    asked = narrow(may, params.get("scope"))
    subject = Subject(
        issuer=issuer,
        client=client,
        catalogue=catalogue,
        person=person,
        api=api,
        scopes=scopes_of(asked, run.outcome, client=client, api=api),
        sid=family.sid,
        authentication=family.authentication,
        now=witness.at,
        jti=jti,
        gty="refresh_token",
        wants_auth_time=True,  # apps that sent max_age check it here too (Core §12.2)
        custom=run.outcome.custom,
    )
    return _renew(family, shown, turn, subject, witness, run)


def _renew(
    family: Family,
    shown: Shown,
    turn: Turn,
    subject: Subject,
    witness: Witness,
    run: Run,
) -> Decision[Issuance]:
    """The token is good: make the turn, and say what it gives."""
    check_without_person(run.outcome, subject.authentication.amr)
    following = _next(family, shown, turn, subject.client.options.refresh)
    issuance = issue(subject, refresh=following, family_id=family.id)
    log = witness.line(
        "sertft",
        client_id=family.client_id,
        user_id=family.user_id,
        audience=family.audience,
        scope=" ".join(subject.scopes),
        family_id=family.id,
        generation=turn.generation,
        retry=True if not turn.writes else None,
        actions=spoken(run.traces),
    )
    return Decision(answer=issuance, writes=(*turn.writes, log))


def turned(
    family: Family, shown: int, policy: RefreshPolicy, *, witness: Witness
) -> Turn:
    """Decide on generation ``shown`` of a family (RFC 9700 §4.14.2, decisions 1).

    Raises:
        InvalidGrant: a late duplicate (the family is kept) or theft (it ends).
    """
    now = witness.at
    within = now - family.rotated_at < policy.overlap * 1000
    if shown >= family.generation:
        # Newer than the row: genuine all the same, so a backup was restored.
        return _advance(family, shown, policy, now)
    if shown == family.generation - 1 and within:
        return Turn(generation=family.generation)
    if within:
        _refuse(
            "RFC9700-4.14.2.late",
            f"generation {shown}, the newest is {family.generation}: late duplicate",
        )
    line = witness.line(
        "ferrt",
        client_id=family.client_id,
        user_id=family.user_id,
        description=f"generation {shown} came back, the newest is {family.generation}",
        familyId=family.id,
        tokenCounter=shown,
        latestCounter=family.generation,
        rule="RFC9700-4.14.2.reuse",
    )
    ended = EndFamily(family_id=family.id, at=now, reason="reused: theft suspected")
    raise InvalidGrant(
        UNKNOWN,
        rule="RFC9700-4.14.2.reuse",
        because=f"generation {shown} reused after the overlap: the family ends",
        writes=(ended, line),
    )


def _advance(family: Family, shown: int, policy: RefreshPolicy, now: int) -> Turn:
    rotating = policy.rotating
    following = shown + 1 if rotating else shown
    expires_at = family.expires_at
    if expires_at is None:
        # A maximum that is switched on later binds from the next exchange on.
        expires_at = absolute_end(policy, now)
    change = TurnFamily(
        family_id=family.id,
        from_generation=family.generation,
        to_generation=following,
        rotated_at=now if rotating else family.rotated_at,
        used_at=now,
        idle_until=idle_end(policy, now),
        expires_at=expires_at,
    )
    return Turn(generation=following, writes=(change,))


def _family(
    bundle: FamilyBundle | None,
    shown: Shown,
    client: Client,
    tokens: RefreshTokens,
    now: int,
) -> Family:
    """The row behind a token, if it is this client's, alive and of this secret."""
    if bundle is None:
        _refuse("RFC6749-6.known", "no such family")
    family = bundle.family
    if not tokens.knows(shown, family.seed):
        _refuse("House-refresh-secret", "the secret does not fit the row")
    if family.client_id != client.client_id:
        _refuse("RFC6749-6.client", "issued to another client")
    if family.revoked_at is not None:
        _refuse("RFC6749-6.revoked", f"revoked: {family.reason}")
    if family.expires_at is not None and family.expires_at <= now:
        _refuse("RFC9700-4.14.2.absolute", "past its absolute end")
    if family.idle_until is not None and family.idle_until <= now:
        _refuse("RFC9700-4.14.2.idle", "unused for too long")
    return family


def _next(
    family: Family, shown: Shown, turn: Turn, policy: RefreshPolicy
) -> NextRefresh | None:
    """The token to hand out; none where the presented one stays good."""
    if not policy.rotating and turn.generation == shown.generation:
        return None
    return NextRefresh(
        family_id=family.id, seed=family.seed, generation=turn.generation
    )


def _refuse(rule: str, because: str) -> NoReturn:
    raise InvalidGrant(UNKNOWN, rule=rule, because=because)
