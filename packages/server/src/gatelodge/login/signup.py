"""Creating an account: what may be asked, and what is written (contract 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gatelodge.base import ids
from gatelodge.base.change import Write
from gatelodge.base.text import email_key, is_email, printable
from gatelodge.login import password_policy, ticket
from gatelodge.login.letter import Letter
from gatelodge.login.metadata import merged
from gatelodge.model.connection import Connection
from gatelodge.model.settings import Settings
from gatelodge.model.user import Password, User
from gatelodge.model.writes import InsertUser, PutPassword
from gatelodge.oauth.log import Witness
from gatelodge.oauth.outcome import Outcome

_USERNAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789@^$.!`-#+'~_")
_LONGEST_USERNAME: Final = 128
_LONGEST_NAME: Final = 150
_LONGEST_TEXT: Final = 300


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a person typed, in normal form, and which fields are wrong.

    ``errors`` maps a field to a text id; ``broken`` are the password rules broken.
    """

    email: str
    key: str
    password: str
    username: str | None
    profile: dict[str, str]
    metadata: dict[str, Any] = {}
    app_metadata: dict[str, Any] = {}
    errors: dict[str, str] = {}
    broken: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Nothing is wrong with it."""
        return not self.errors and not self.broken


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """A new account, its writes, and the mail that asks to verify the address."""

    user: User
    password: Password | None
    writes: tuple[Write, ...]
    letters: tuple[Letter, ...]


def read(
    typed: Mapping[str, str],
    connection: Connection,
    *,
    metadata: dict[str, Any] | None = None,
) -> Form:
    """Bring the fields into normal form and check them."""
    key = email_key(typed.get("email", ""))
    username = typed.get("username", "").strip().lower() or None
    password = typed.get("password", "")
    errors: dict[str, str] = {}
    if not is_email(key):
        errors["email"] = "error.email_invalid"
    if not _username_fits(username, required=connection.options.requires_username):
        errors["username"] = "error.username_invalid"
    broken = password_policy.broken(
        password, connection.options, personal=(key, username or "")
    )
    names = ("given_name", "family_name", "name", "nickname", "picture")
    profile = {
        name: printable(typed[name], _LONGEST_NAME if "name" in name else _LONGEST_TEXT)
        for name in names
        if typed.get(name)
    }
    return Form(
        email=typed.get("email", "").strip(),
        key=key,
        password=password,
        username=username,
        profile=profile,
        metadata=metadata or {},
        errors=errors,
        broken=broken,
    )


def with_actions(form: Form, outcome: Outcome) -> Form:
    """The form with the metadata that actions want for the new account."""
    return msgspec.structs.replace(
        form,
        metadata=merged(form.metadata, outcome.user_metadata),
        app_metadata=merged(form.app_metadata, outcome.app_metadata),
    )


def create(
    form: Form,
    *,
    phc: str | None,
    connection: Connection,
    client_id: str,
    settings: Settings,
    issuer: str,
    witness: Witness,
    raw: bytes,
    restart: dict[str, str] | None = None,
) -> SignUp:
    """The account and all that goes with it; ``raw``: USER_ID_BYTES + TICKET_BYTES.

    ``phc`` is None for somebody who signs in without a password.
    """
    now = witness.at
    user = _user(form, connection, raw[: ids.USER_ID_BYTES], now)
    issued = ticket.issue(
        user,
        "verify_email",
        payload={"client_id": client_id, "restart": restart or {}},
        lifetime=settings.verify_ticket_lifetime,
        raw=raw[ids.USER_ID_BYTES :],
        now=now,
    )
    password = (
        None if phc is None else Password(user_id=user.user_id, phc=phc, changed_at=now)
    )
    log = witness.line(
        "ss",
        client_id=client_id,
        user_id=user.user_id,
        connection_id=connection.id,
        user_name=user.email,
    )
    letter = ticket.verification(user, issued.secret, issuer=issuer, settings=settings)
    kept = () if password is None else (PutPassword(password=password),)
    writes = (InsertUser(user=user), *kept, *issued.writes, log)
    return SignUp(user=user, password=password, writes=writes, letters=(letter,))


def _user(form: Form, connection: Connection, raw: bytes, now: int) -> User:
    profile = form.profile
    return User(
        user_id=ids.user_id("auth0", raw),
        connection_id=connection.id,
        email_key=form.key,
        email=form.key,
        username=form.username,
        user_metadata=form.metadata,
        app_metadata=form.app_metadata,
        created_at=now,
        updated_at=now,
        name=profile.get("name"),
        given_name=profile.get("given_name"),
        family_name=profile.get("family_name"),
        nickname=profile.get("nickname"),
        picture=profile.get("picture"),
    )


def _username_fits(username: str | None, *, required: bool) -> bool:
    if username is None:
        return not required
    short = len(username) <= _LONGEST_USERNAME
    return short and set(username) <= _USERNAME and not is_email(username)
