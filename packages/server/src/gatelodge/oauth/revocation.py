"""Ending a refresh token on request (RFC 7009, contract 3.5)."""

from __future__ import annotations

from gatelodge.base.change import Decision, Write
from gatelodge.base.opaque import RefreshTokens, Shown
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.grant import Family
from gatelodge.model.reads import FamilyBundle
from gatelodge.model.writes import (
    DeleteGrantCodes,
    EndFamily,
    EndGrantFamilies,
    WithdrawConsent,
)
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
    ended = EndFamily(family_id=family.id, at=witness.at, reason=_REASON)
    whole = catalogue.settings.revoke_refresh_token_grant
    log = witness.line(
        "srrt",
        client_id=client.client_id,
        user_id=family.user_id,
        audience=family.audience,
        family_id=family.id,
    )
    more = _grant_ended(family, witness.at) if whole else ()
    return Decision(answer=None, writes=(ended, *more, log))


def _grant_ended(family: Family, now: int) -> tuple[Write, ...]:
    """The consent goes, every device that it gave, and every code on its way to one."""
    grant = {
        "user_id": family.user_id,
        "client_id": family.client_id,
        "audience": family.audience or "",
    }
    return (
        WithdrawConsent(**grant),
        DeleteGrantCodes(**grant),
        EndGrantFamilies(**grant, at=now, reason=_REASON),
    )
