"""What hangs on a person's account: who they are elsewhere, and their factors.

Taken up for an account that is new: what is in use here may be newer than the file.
"""

from __future__ import annotations

from typing import Any, Final

from gatelodge.base.encoding import b64url, unb64url
from gatelodge.base.moment import iso
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.model.connection import DATABASE, UPSTREAM_TOKENS, Connection
from gatelodge.model.factor import SECOND, TOTP_SEED, Factor
from gatelodge.model.profile import Identity
from gatelodge.model.user import User
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.moments import moment
from gatelodge.tenantfile.person_shapes import FactorShape, IdentityShape
from gatelodge.tenantfile.shapes import UserShape, given

_LONGEST: Final = 255


def identities(
    shape: UserShape, user: User, connection: Connection, *, draft: Draft, path: Path
) -> tuple[Identity, ...]:
    """Who the person is elsewhere; nobody comes by another party without that."""
    said = given(shape.identities, [])
    elsewhere = connection.strategy != DATABASE
    if elsewhere and not said:
        text = "missing: what the other party calls this person"
        draft.remarks.refuse((*path, "identities"), text)
    found = []
    for at, one in enumerate(said):
        where = (*path, "identities", at)
        if not elsewhere or given(one.connection, connection.name) != connection.name:
            text = "an identity of another connection is an entry of its own"
            draft.remarks.refuse(where, f"{text}, with linked_to")
        if not 0 < len(one.user_id) <= _LONGEST or not one.user_id.isprintable():
            draft.remarks.refuse((*where, "user_id"), f"1 to {_LONGEST} letters")
        found.append(_identity(one, user, draft, where))
    return tuple(found)


def factors(
    shape: UserShape, user: User, *, draft: Draft, path: Path
) -> tuple[Factor, ...]:
    """The factors that an export with hashes has brought."""
    return tuple(
        _factor(one, user, draft, (*path, "factors", at))
        for at, one in enumerate(given(shape.factors, []))
    )


def second_since(held: tuple[Factor, ...]) -> int | None:
    """Since when somebody with these has a second factor."""
    counted = (one.confirmed_at for one in held if one.kind in SECOND)
    return min((at for at in counted if at is not None), default=None)


def identity_to_file(
    identity: Identity, connection: str, *, whole: bool
) -> dict[str, Any]:
    """In the file's words; ``whole`` with all that a restore needs."""
    found: dict[str, Any] = {"connection": connection, "user_id": identity.external_id}
    if whole:
        found["profileData"] = identity.profile
    if whole and identity.sealed is not None:
        found["tokens"] = b64url(identity.sealed)
    return found


def factor_to_file(factor: Factor) -> dict[str, Any]:
    """In the file's words; secrets as they are kept, sealed or digested."""
    return {
        "id": factor.id,
        "kind": factor.kind,
        "credential": factor.credential,
        "details": factor.details,
        "sealed": b64url(factor.sealed) if factor.sealed is not None else None,
        "counter": factor.counter,
        "name": factor.name,
        "created_at": iso(factor.created_at),
        "confirmed_at": iso(factor.confirmed_at or factor.created_at),
        "used_at": iso(factor.used_at) if factor.used_at is not None else None,
    }


def _identity(shape: IdentityShape, user: User, draft: Draft, path: Path) -> Identity:
    tokens = _unspelled(given(shape.tokens, None), draft, (*path, "tokens"))
    if tokens is not None and not _opens(tokens, draft.sealer, UPSTREAM_TOKENS):
        text = "left out: sealed with a master key that is not here"
        draft.remarks.warn((*path, "tokens"), text)
        tokens = None
    return Identity(
        connection_id=user.connection_id,
        external_id=shape.user_id,
        user_id=user.user_id,
        profile=given(shape.profile, {}),
        sealed=tokens,
        created_at=user.created_at,
        refreshed_at=user.created_at,
    )


def _factor(shape: FactorShape, user: User, draft: Draft, path: Path) -> Factor:
    sealed = _unspelled(given(shape.sealed, None), draft, (*path, "sealed"))
    needed = shape.kind == "totp"
    if needed and (sealed is None or not _opens(sealed, draft.sealer, TOTP_SEED)):
        # Without it the account would be open to whoever has the password.
        text = "sealed with a master key that is not here: restore under the same one"
        draft.remarks.refuse((*path, "sealed"), text)
    moments = {
        name: moment(getattr(shape, name), (*path, name), draft.remarks)
        for name in ("created_at", "confirmed_at", "used_at")
    }
    return Factor(
        id=shape.id,
        user_id=user.user_id,
        kind=shape.kind,
        credential=given(shape.credential, None),
        details=given(shape.details, {}),
        sealed=sealed,
        counter=given(shape.counter, 0),
        name=given(shape.name, None),
        created_at=moments["created_at"] or draft.now,
        confirmed_at=moments["confirmed_at"] or draft.now,
        used_at=moments["used_at"],
    )


def _unspelled(text: str | None, draft: Draft, path: Path) -> bytes | None:
    if text is None:
        return None
    try:
        return unb64url(text)
    except ValueError:
        draft.remarks.refuse(path, "not base64url: copy it from an export")
        return None


def _opens(sealed: bytes, sealer: Sealer, purpose: str) -> bool:
    try:
        sealer.unseal(sealed, purpose=purpose)
    except SealBroken:
        return False
    return True
