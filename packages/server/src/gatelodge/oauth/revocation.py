"""Ending a refresh token on request (RFC 7009, contract 3.5)."""

from __future__ import annotations

from gatelodge.base.change import Decision, Write
from gatelodge.base.opaque import RefreshTokens, Shown
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.reads import FamilyBundle
from gatelodge.model.writes import EndFamily, EndGrantFamilies, WithdrawConsent
from gatelodge.oauth.log import Witness

_REASON = "revoked by the app"


def revoke(
    bundle: FamilyBundle | None,
    shown: Shown,
    *,
    client: Client,
    catalogue: Catalogue,
    tokens: RefreshTokens,
    witness: Witness,
) -> Decision[None]:
    """End the token's family; unknown and foreign ones change nothing (RFC 7009 §2.2).

    With the tenant setting ``revoke_refresh_token_grant`` the consent goes too, and
    with it every device of this person at this client and audience.
    """
    if bundle is None or not tokens.knows(shown, bundle.family.seed):
        return Decision(answer=None)
    family = bundle.family
    if family.client_id != client.client_id or family.revoked_at is not None:
        return Decision(answer=None)
    writes: list[Write] = [
        EndFamily(family_id=family.id, at=witness.at, reason=_REASON)
    ]
    if catalogue.settings.revoke_refresh_token_grant:
        audience = family.audience or ""
        writes += [
            WithdrawConsent(
                user_id=family.user_id, client_id=client.client_id, audience=audience
            ),
            EndGrantFamilies(
                user_id=family.user_id,
                client_id=client.client_id,
                audience=audience,
                at=witness.at,
                reason=_REASON,
            ),
        ]
    log = witness.line(
        "srrt",
        client_id=client.client_id,
        user_id=family.user_id,
        audience=family.audience,
        family_id=family.id,
    )
    return Decision(answer=None, writes=(*writes, log))
