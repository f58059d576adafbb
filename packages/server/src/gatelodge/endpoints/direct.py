"""Tokens for a person whom one of the grants without a browser has proven."""

from __future__ import annotations

from gatelodge.base.change import Decision
from gatelodge.base.encoding import b64url
from gatelodge.base.opaque import FAMILY_ID_BYTES, SEED_BYTES
from gatelodge.endpoints import corridor
from gatelodge.endpoints.calling import Calling
from gatelodge.house import House
from gatelodge.model.reads import FindGrantee, Grantee
from gatelodge.oauth import direct
from gatelodge.oauth.issuance import Issuance

_JTI_BYTES = 16


async def give(
    house: House, calling: Calling, user_id: str, proof: direct.Proof
) -> Issuance:
    """What this person gets for this call.

    Raises:
        ProtocolRefusal: see ``oauth.direct``.
    """
    catalogue, issuer = calling.snapshot.catalogue, calling.exchange.issuer
    wanted = direct.asked(calling.params, catalogue, issuer)
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

    question = FindGrantee(
        user_id=user_id, client_id=calling.client.client_id, now=calling.witness.at
    )
    return await corridor.walk(house, question, decide)
