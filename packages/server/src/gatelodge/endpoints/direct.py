"""Tokens for a person whom one of the grants without a browser has proven.

Somebody who comes for the first time gets an account before the tokens, and only if
nothing but a second factor can still stand in their way: a sign-in that fails makes
no account.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from gatelodge.base.change import Decision
from gatelodge.base.encoding import b64url
from gatelodge.base.errors import MfaRequired, TemporarilyUnavailable
from gatelodge.base.opaque import FAMILY_ID_BYTES, SEED_BYTES
from gatelodge.endpoints import corridor, mfa_holder
from gatelodge.endpoints.calling import Calling
from gatelodge.house import House
from gatelodge.login.upstream import Welcome
from gatelodge.model.reads import FindGrantee, Grantee
from gatelodge.model.user import Person, User
from gatelodge.oauth import direct
from gatelodge.oauth.issuance import Issuance

_JTI_BYTES = 16


async def give(
    house: House,
    calling: Calling,
    user_id: str,
    proof: direct.Proof,
    *,
    wanted: direct.Asked | None = None,
) -> Issuance:
    """What this person gets for this call; ``wanted`` if it was said in another.

    Raises:
        ProtocolRefusal: see ``oauth.direct``; ``mfa_required`` comes with its token.
    """
    if wanted is None:
        wanted = _wanted(calling)
    decide = _decider(house, calling, proof, wanted)
    question = FindGrantee(
        user_id=user_id, client_id=calling.client.client_id, now=calling.witness.at
    )
    try:
        return await corridor.walk(house, question, decide)
    except MfaRequired as refusal:
        await mfa_holder.more(house, calling, user_id, wanted, proof.amr, refusal)
        raise


async def give_to(
    house: House, calling: Calling, known: Welcome, proof: direct.Proof
) -> Issuance:
    """What somebody gets whom a connection vouches for, perhaps for the first time.

    Raises:
        ProtocolRefusal: see ``oauth.direct``; without an account for a newcomer.
    """
    user_id = known.account.person.user.user_id
    if not known.new:
        writes = (*proof.writes, *known.writes)
        proof = msgspec.structs.replace(proof, writes=writes)
        return await give(house, calling, user_id, proof)
    rehearse = _decider(house, calling, proof, _wanted(calling))
    with contextlib.suppress(MfaRequired):
        rehearse(Grantee(person=known.account.person))
    if not await house.store.commit(known.writes):
        raise TemporarilyUnavailable(
            "The same person signs in at the same time. Please try again.",
            rule="House-corridor",
            headers={"Retry-After": "1"},
        )
    return await give(house, calling, user_id, proof)


async def give_newcomer(
    house: House, calling: Calling, user: User, proof: direct.Proof
) -> Issuance | None:
    """What somebody gets whose account the proof's own writes make.

    None where they lose: somebody else has that account.

    Raises:
        ProtocolRefusal: see ``oauth.direct``; the account is not made then.
    """
    decide = _decider(house, calling, proof, _wanted(calling))
    decision = decide(Grantee(person=Person(user=user)))
    held = await house.store.commit(decision.writes)
    return decision.answer if held else None


def _wanted(calling: Calling) -> direct.Asked:
    """What the call asks for.

    Raises:
        ProtocolRefusal: the audience or the scope cannot be had by anybody.
    """
    catalogue, issuer = calling.snapshot.catalogue, calling.exchange.issuer
    return direct.asked(calling.params, catalogue, issuer)


def _decider(
    house: House, calling: Calling, proof: direct.Proof, wanted: direct.Asked
) -> Callable[[Grantee | None], Decision[Issuance]]:
    """The rule with everything but what is read."""
    catalogue, issuer = calling.snapshot.catalogue, calling.exchange.issuer
    drawn = direct.Drawn(
        family_id=b64url(house.entropy.draw(FAMILY_ID_BYTES)),
        seed=house.entropy.draw(SEED_BYTES),
        jti=b64url(house.entropy.draw(_JTI_BYTES)),
    )

    def decide(bundle: Grantee | None) -> Decision[Issuance]:
        return direct.give(
            bundle,
            wanted,
            proof,
            client=calling.client,
            catalogue=catalogue,
            issuer=issuer,
            witness=calling.witness,
            drawn=drawn,
        )

    return decide
