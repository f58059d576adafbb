"""What a person allowed apps to do, and taking it back (contract 1.6)."""

from __future__ import annotations

from gatelodge.base.change import Write
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import AccountRefusal
from gatelodge.model.grant import Consent
from gatelodge.model.writes import DeleteGrantCodes, EndGrantFamilies, WithdrawConsent
from gatelodge.oauth.log import Witness

_REASON = "consent withdrawn"


def name_of(consent: Consent) -> str:
    """A name for one allowance: the row has none of its own."""
    parts = (consent.user_id, consent.client_id, consent.audience)
    return digest_of("\x00".join(("consent", *parts)))[:24]


def mine(consents: tuple[Consent, ...], name: str) -> Consent:
    """The person's own of this name.

    Raises:
        AccountRefusal: they have none, whoever else may.
    """
    for consent in consents:
        if name_of(consent) == name:
            return consent
    raise AccountRefusal(
        "There is no such consent",
        text_id="error.allowance_gone",
        rule="House-own-consent",
        status=404,
    )


def withdraw(consent: Consent, *, witness: Witness) -> tuple[Write, ...]:
    """The app asks again, and what it was given ends on every device."""
    grant = {
        "user_id": consent.user_id,
        "client_id": consent.client_id,
        "audience": consent.audience,
    }
    log = witness.line(
        "srrt",
        user_id=consent.user_id,
        client_id=consent.client_id,
        audience=consent.audience,
        description=_REASON,
    )
    return (
        WithdrawConsent(**grant),
        DeleteGrantCodes(**grant),
        EndGrantFamilies(**grant, at=witness.at, reason=_REASON),
        log,
    )
