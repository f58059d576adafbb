"""Auth0's user and our account (contract 1.8)."""

from __future__ import annotations

import re
from typing import Any, Final

import argon2
import msgspec
from msgspec import UnsetType

from gatelodge.base.moment import iso
from gatelodge.base.secret import Secret
from gatelodge.base.text import LONGEST_PASSWORD, email_key, is_email, password_too_long
from gatelodge.login import metadata
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.user import User
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.moments import moment
from gatelodge.tenantfile.shapes import Maybe, UserShape, given

_SAME: Final = ("username", "name", "given_name", "family_name", "nickname", "picture")
_BCRYPT: Final = re.compile(r"\$2[ab]\$(\d\d)\$[./A-Za-z0-9]{53}")
_COSTLIEST_BCRYPT: Final = 15
_COSTLIEST_MEMORY: Final = 1_048_576
_COSTLIEST_PASSES: Final = 20
_USER_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\|[\x21-\x7e]{1,180}")
# What another party calls a person may hold anything that can be printed.
_OTHER_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\|[^\x00-\x1f\x7f]{1,400}")


def merge(
    shape: UserShape,
    current: User | None,
    *,
    connection: Connection,
    fresh_id: str,
    now: int,
    path: Path,
    remarks: Remarks,
) -> User:
    """The account as the file wants it; ``updated_at`` moves when it is written."""
    _check(shape, email_key(shape.email), connection, path, remarks)
    base = current or _fresh(shape, connection, fresh_id, now, path, remarks)
    _check_id(shape, base, path, remarks)
    phone = given(shape.phone_number, base.phone) or None
    verified = _since(shape.phone_verified, base.phone_verified_at, now)
    same = {name: given(getattr(shape, name), getattr(base, name)) for name in _SAME}
    same["username"] = (same["username"] or "").lower() or None
    if connection.strategy != DATABASE and shape.email:
        base = msgspec.structs.replace(base, **_address(shape))
    return msgspec.structs.replace(
        base,
        email_verified_at=_since(shape.email_verified, base.email_verified_at, now),
        phone=phone,
        phone_verified_at=verified if phone else None,
        user_metadata=given(shape.user_metadata, base.user_metadata),
        app_metadata=given(shape.app_metadata, base.app_metadata),
        blocked_at=_since(shape.blocked, base.blocked_at, now),
        linked_to=given(shape.linked_to, base.linked_to) or None,
        **{name: value or None for name, value in same.items()},
    )


def _fresh(
    shape: UserShape,
    connection: Connection,
    fresh_id: str,
    now: int,
    path: Path,
    remarks: Remarks,
) -> User:
    made = moment(shape.created_at, (*path, "created_at"), remarks) or now
    blank = User(
        user_id=given(shape.user_id, fresh_id),
        connection_id=connection.id,
        email_key="",
        email="",
        created_at=made,
        updated_at=now,
        last_login_at=moment(shape.last_login, (*path, "last_login"), remarks),
        logins=given(shape.logins_count, 0),
    )
    return msgspec.structs.replace(blank, **_address(shape))


def _address(shape: UserShape) -> dict[str, str]:
    return {"email_key": email_key(shape.email), "email": shape.email.strip()}


def _check_id(shape: UserShape, base: User, path: Path, remarks: Remarks) -> None:
    if given(shape.user_id, base.user_id) != base.user_id:
        text = f"this account is {base.user_id!r}; a user_id never changes"
        remarks.refuse((*path, "user_id"), text)


def to_file(user: User, connection: str) -> dict[str, Any]:
    """The account in the file's words, without roles and passwords.

    ``linked_to`` stands where it is part of another: absent, what people link by
    themselves is left alone by the next ``apply``.
    """
    linked = {"linked_to": user.linked_to} if user.linked_to else {}
    return {
        "connection": connection,
        "user_id": user.user_id,
        "email": user.email,
        "email_verified": user.email_verified_at is not None,
        **{name: getattr(user, name) for name in _SAME},
        "phone_number": user.phone,
        "phone_verified": user.phone_verified_at is not None,
        "blocked": user.blocked_at is not None,
        "user_metadata": user.user_metadata,
        "app_metadata": user.app_metadata,
        **linked,
    }


def history_to_file(user: User) -> dict[str, Any]:
    """What only a restore needs."""
    last = user.last_login_at
    return {
        "created_at": iso(user.created_at),
        "last_login": None if last is None else iso(last),
        "logins_count": user.logins,
    }


def hash_reason(phc: str) -> str | None:
    """Why this hash cannot be imported; None when a password can be checked by it."""
    bcrypt = _BCRYPT.fullmatch(phc)
    if bcrypt:
        dear = int(bcrypt[1]) > _COSTLIEST_BCRYPT
        return f"bcrypt above cost {_COSTLIEST_BCRYPT}" if dear else None
    try:
        cost = argon2.extract_parameters(phc)
    except argon2.exceptions.InvalidHashError:
        return "not argon2id ($argon2id$…) or bcrypt ($2a$…, $2b$…)"
    if cost.type is not argon2.Type.ID:
        return "argon2id only"
    if cost.memory_cost > _COSTLIEST_MEMORY or cost.time_cost > _COSTLIEST_PASSES:
        return "this hash costs more than 1 GiB or 20 passes to check"
    return None


def _check(
    shape: UserShape, key: str, connection: Connection, path: Path, remarks: Remarks
) -> None:
    elsewhere = connection.strategy != DATABASE
    if not is_email(key) and (key or not elsewhere):
        remarks.refuse((*path, "email"), f"{shape.email!r} is not an e-mail address")
    form = _OTHER_ID if elsewhere else _USER_ID
    if not form.fullmatch(given(shape.user_id, "" if elsewhere else "auth0|1")):
        remarks.refuse((*path, "user_id"), "a user_id is like auth0|5f7c8ec7c33c6c004b")
    if shape.password is not msgspec.UNSET and shape.password_hash is not msgspec.UNSET:
        remarks.refuse(path, "password or password_hash, not both")
    typed = given(shape.password, Secret("-")).reveal()
    if not typed or password_too_long(typed):
        remarks.refuse((*path, "password"), f"1 to {LONGEST_PASSWORD} bytes")
    reason = (
        None
        if isinstance(shape.password_hash, UnsetType)
        else hash_reason(shape.password_hash)
    )
    if reason:
        remarks.refuse((*path, "password_hash"), reason)
    _check_metadata(shape, path, remarks)


def _check_metadata(shape: UserShape, path: Path, remarks: Remarks) -> None:
    for field in ("user_metadata", "app_metadata"):
        held = given(getattr(shape, field), {})
        wrong = metadata.misnamed(field, held)
        if wrong:
            names = ", ".join(wrong)
            remarks.refuse((*path, field), f"these names are not allowed: {names}")
        if metadata.too_large(held):
            remarks.refuse((*path, field), f"larger than {metadata.LARGEST} bytes")


def _since(said: Maybe[bool], known: int | None, now: int) -> int | None:
    """When something became true; a moment we know already stays."""
    if isinstance(said, UnsetType):
        return known
    return (known if known is not None else now) if said else None
