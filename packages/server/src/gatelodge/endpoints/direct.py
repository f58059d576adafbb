"""Tokens for a person whom one of the grants without a browser has proven.

Somebody who comes for the first time gets an account before the tokens, and only if
nothing but a second factor can still stand in their way: a sign-in that fails makes
no account.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from gatelodge.base.change import Decision
from gatelodge.base.encoding import b64url
from gatelodge.base.errors import MfaRequired, Mistake, TemporarilyUnavailable
from gatelodge.base.opaque import FAMILY_ID_BYTES, SEED_BYTES
from gatelodge.endpoints import acting, corridor, joining, mfa_holder, registering
from gatelodge.endpoints.calling import Calling
from gatelodge.house import House
from gatelodge.login.joining import Joining
from gatelodge.login.upstream import Welcome
from gatelodge.model.connection import Connection
from gatelodge.model.reads import FindGrantee, Grantee
from gatelodge.model.user import Person, User
from gatelodge.oauth import direct
from gatelodge.oauth.issuance import Issuance
from gatelodge.oauth.outcome import NO_RUN, Run, check_without_person

_JTI_BYTES = 16
_Decide: TypeAlias = Callable[[Grantee | None, Run], Decision[Issuance]]


async def give(
    house: House,
    calling: Calling,
    user_id: str,
    proof: direct.Proof,
    *,
    wanted: direct.Asked | None = None,
    run: Run | None = None,
    joins: Joining | None = None,
) -> Issuance:
    """What this person gets for this call; ``wanted`` if it was said in another.

    ``run`` is what actions have said, if they were asked already. ``joins`` waits for
    a second factor that is missing.

    Raises:
        ProtocolRefusal: see ``oauth.direct``; ``mfa_required`` comes with its token.
    """
    if wanted is None:
        wanted = _wanted(calling)
    decide = _decider(house, calling, proof, wanted)
    question = _question(calling, user_id)
    try:
        if run is None and acting.wanted(calling.snapshot, house, "post-login"):
            grantee = await house.store.read(question)
            run = await _asked(house, calling, grantee, proof, decide)
        said = run or NO_RUN
        with acting.blamed(said, calling):
            return await corridor.walk(house, question, lambda row: decide(row, said))
    except MfaRequired as refusal:
        name = await _kept(house, joins)
        await mfa_holder.more(
            house, calling, user_id, wanted, proof.amr, refusal, joining=name
        )
        raise


async def rehearse(
    house: House,
    calling: Calling,
    user_id: str,
    proof: direct.Proof,
    *,
    wanted: direct.Asked,
) -> Run:
    """What actions say of somebody who would get tokens; nothing is written yet.

    For what must not be spent, or set up, by a sign-in that fails.

    Raises:
        ProtocolRefusal: they would get none.
    """
    decide = _decider(house, calling, proof, wanted)
    grantee = await house.store.read(_question(calling, user_id))
    run = await _asked(house, calling, grantee, proof, decide)
    with acting.blamed(run, calling):
        decide(grantee, run)
    return run


def _question(calling: Calling, user_id: str) -> FindGrantee:
    client_id = calling.client.client_id
    return FindGrantee(user_id=user_id, client_id=client_id, now=calling.witness.at)


async def _kept(house: House, joins: Joining | None) -> str | None:
    if joins is None:
        return None
    name, kept = joining.kept(house, joins)
    await house.store.commit((kept,))
    return name


async def _asked(
    house: House,
    calling: Calling,
    grantee: Grantee | None,
    proof: direct.Proof,
    decide: _Decide,
) -> Run:
    """What actions say; nobody is asked about somebody who gets nothing anyway."""
    scopes = decide(grantee, NO_RUN).answer.scopes
    person = grantee.person if grantee else None
    return await acting.at_direct(house, calling, person, scopes, proof.amr)


async def give_to(
    house: House, calling: Calling, known: Welcome, proof: direct.Proof
) -> Issuance:
    """What somebody gets whom a connection vouches for, perhaps for the first time.

    Raises:
        ProtocolRefusal: see ``oauth.direct``; without an account for a newcomer.
    """
    user_id = known.account.person.user.user_id
    if not known.new:
        joins = joining.at_once(
            house,
            calling.exchange,
            known.joining,
            known.account.person.user,
            client_id=calling.client.client_id,
        )
        writes = (*proof.writes, *known.writes, *joins)
        proof = msgspec.structs.replace(proof, writes=writes)
        return await give(house, calling, user_id, proof, joins=known.joining)
    known, run = await _rehearsed(house, calling, known, proof)
    if not await house.store.commit(known.writes):
        raise TemporarilyUnavailable(
            "The same person signs in at the same time. Please try again.",
            rule="House-corridor",
            headers={"Retry-After": "1"},
        )
    connection = _connection(calling, known.account.person.user)
    registering.after_newcomer(
        house, calling.exchange, calling.client, connection, known
    )
    return await give(house, calling, user_id, proof, run=run)


async def _rehearsed(
    house: House, calling: Calling, known: Welcome, proof: direct.Proof
) -> tuple[Welcome, Run]:
    """A newcomer whom neither a rule nor an action refuses, and what actions say."""
    decide = _decider(house, calling, proof, _wanted(calling))
    with contextlib.suppress(MfaRequired):
        decide(Grantee(person=known.account.person), NO_RUN)
    connection = _connection(calling, known.account.person.user)
    known, before = await registering.newcomer(
        house, calling.exchange, calling.client, connection, known
    )
    with acting.blamed(before, calling):
        check_without_person(before.outcome, proof.amr)
    grantee = Grantee(person=known.account.person)
    try:
        run = await _asked(house, calling, grantee, proof, decide)
    except MfaRequired:
        return known, NO_RUN  # they are asked once both factors are shown
    with contextlib.suppress(MfaRequired), acting.blamed(run, calling):
        decide(grantee, run)
    return known, run


def _connection(calling: Calling, user: User) -> Connection:
    found = calling.snapshot.catalogue.connection_by_id(user.connection_id)
    if found is None:  # it has just vouched
        raise Mistake("a newcomer without a connection")
    return found


async def give_newcomer(
    house: House, calling: Calling, user: User, proof: direct.Proof
) -> Issuance | None:
    """What somebody gets whose account the proof's own writes make.

    None where they lose: somebody else has that account.

    Raises:
        ProtocolRefusal: see ``oauth.direct``; the account is not made then.
    """
    decide = _decider(house, calling, proof, _wanted(calling))
    grantee = Grantee(person=Person(user=user))
    run = await _asked(house, calling, grantee, proof, decide)
    with acting.blamed(run, calling):
        decision = decide(grantee, run)
    if not await house.store.commit(decision.writes):
        return None
    connection = _connection(calling, user)
    registering.after(house, calling.exchange, calling.client, connection, user.user_id)
    return decision.answer


def _wanted(calling: Calling) -> direct.Asked:
    """What the call asks for.

    Raises:
        ProtocolRefusal: the audience or the scope cannot be had by anybody.
    """
    catalogue, issuer = calling.snapshot.catalogue, calling.exchange.issuer
    return direct.asked(calling.params, catalogue, issuer)


def _decider(
    house: House, calling: Calling, proof: direct.Proof, wanted: direct.Asked
) -> _Decide:
    """The rule with everything but what is read."""
    catalogue, issuer = calling.snapshot.catalogue, calling.exchange.issuer
    drawn = direct.Drawn(
        family_id=b64url(house.entropy.draw(FAMILY_ID_BYTES)),
        seed=house.entropy.draw(SEED_BYTES),
        jti=b64url(house.entropy.draw(_JTI_BYTES)),
    )

    def decide(bundle: Grantee | None, run: Run) -> Decision[Issuance]:
        decision = direct.give(
            bundle,
            wanted,
            proof,
            client=calling.client,
            catalogue=catalogue,
            issuer=issuer,
            witness=calling.witness,
            drawn=drawn,
            run=run,
        )
        person = bundle.person if bundle else None
        return acting.with_actions(decision, person, run, calling)

    return decide
