"""Changes of codes, refresh families and consents."""

from __future__ import annotations

from typing import ClassVar

from gatelodge.base.change import Write
from gatelodge.model.grant import Code, Consent, Family


class InsertCode(Write, frozen=True, kw_only=True):
    """Issue a code."""

    must: ClassVar[int | None] = 1
    code: Code


class ConsumeCode(Write, frozen=True, kw_only=True):
    """Spend a code, once (RFC 6749 §4.1.2)."""

    must: ClassVar[int | None] = 1
    digest: str
    used_at: int


class DeleteClientCodes(Write, frozen=True, kw_only=True):
    """Remove the codes of a client that goes away."""

    client_id: str


class InsertFamily(Write, frozen=True, kw_only=True):
    """A refresh family is born."""

    must: ClassVar[int | None] = 1
    family: Family


class TurnFamily(Write, frozen=True, kw_only=True):
    """Move a family from one generation to the next, if nobody was faster.

    ``to_generation`` may equal ``from_generation``: a non-rotating exchange, which
    leaves ``rotated_at`` alone because the caller hands it in unchanged.
    """

    must: ClassVar[int | None] = 1
    family_id: str
    from_generation: int
    to_generation: int
    rotated_at: int
    used_at: int
    idle_until: int | None
    expires_at: int | None


class EndFamily(Write, frozen=True, kw_only=True):
    """End one family, unless it has ended already."""

    family_id: str
    at: int
    reason: str


class BuryFamily(Write, frozen=True, kw_only=True):
    """A family without refresh tokens has ended: a row that opaque tokens can meet."""

    family: Family


class EndUserFamilies(Write, frozen=True, kw_only=True):
    """End all of a person's families; with ``client_id`` those of one client."""

    late: ClassVar[bool] = True
    user_id: str
    client_id: str
    at: int
    reason: str


class EndSessionFamilies(Write, frozen=True, kw_only=True):
    """End the families that a session of this person gave."""

    late: ClassVar[bool] = True
    user_id: str
    sid: str
    at: int
    reason: str


class EndOtherFamilies(Write, frozen=True, kw_only=True):
    """End a person's families but those that this session gave."""

    late: ClassVar[bool] = True
    user_id: str
    sid: str
    at: int
    reason: str


class DeleteGrantCodes(Write, frozen=True, kw_only=True):
    """Remove a person's codes for one client and audience ("" for none)."""

    user_id: str
    client_id: str
    audience: str


class EndGrantFamilies(Write, frozen=True, kw_only=True):
    """End a person's families at one client and audience ("" for none)."""

    late: ClassVar[bool] = True
    user_id: str
    client_id: str
    audience: str
    at: int
    reason: str


class EndClientFamilies(Write, frozen=True, kw_only=True):
    """End the families of a client that goes away."""

    late: ClassVar[bool] = True
    client_id: str
    at: int
    reason: str


class EndOldestFamilies(Write, frozen=True, kw_only=True):
    """Keep the ``keep`` newest live families of a user and client, end the rest."""

    user_id: str
    client_id: str
    keep: int
    at: int
    reason: str


class GiveConsent(Write, frozen=True, kw_only=True):
    """Record what a person allows from now on."""

    consent: Consent


class WithdrawConsent(Write, frozen=True, kw_only=True):
    """Forget a consent."""

    user_id: str
    client_id: str
    audience: str


class DeleteClientConsents(Write, frozen=True, kw_only=True):
    """Forget the consents given to a client that goes away."""

    client_id: str
