"""A person changes what their profile says of them (contract 1.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import phonenumbers

from gatelodge.base.change import Decision
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.text import printable
from gatelodge.model.user import Person, User
from gatelodge.model.writes import UpdateUser
from gatelodge.oauth.log import Witness

NAMES: Final = ("name", "given_name", "family_name", "nickname")
FIELDS: Final = (*NAMES, "picture", "phone")
_LONGEST_NAME: Final = 150
_LONGEST_URL: Final = 1_000


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, in normal form; ``errors`` are texts of our pages, by field."""

    values: dict[str, str | None]
    errors: dict[str, str]


def read(typed: Mapping[str, str]) -> Form:
    """Bring the fields into normal form; an empty one is taken away."""
    values: dict[str, str | None] = {}
    errors: dict[str, str] = {}
    for name in FIELDS:
        text = typed.get(name, "").strip()
        values[name] = text or None
        if not text:
            continue
        if name in NAMES and printable(text, _LONGEST_NAME) != text:
            errors[name] = "error.name_invalid"
        if name == "picture" and not _is_picture(text):
            errors[name] = "error.picture_invalid"
        if name == "phone":
            values[name] = phone_key(text)
            if values[name] is None:
                errors[name] = "error.phone_invalid"
    return Form(values=values, errors=errors)


def change(
    person: Person | None, values: Mapping[str, str | None], *, witness: Witness
) -> Decision[User]:
    """The account with these values; a number that changes is proven no more.

    Raises:
        AccountRefusal: the account has gone meanwhile.
    """
    if person is None:
        raise gone()
    user = person.user
    told = msgspec.structs.replace(
        user,
        **{name: values[name] for name in FIELDS},
        phone_verified_at=user.phone_verified_at
        if values["phone"] == user.phone
        else None,
    )
    if told == user:
        return Decision(answer=user)
    told = msgspec.structs.replace(
        told, updated_at=max(witness.at, user.updated_at + 1)
    )
    log = witness.line(
        "sapi",
        user_id=user.user_id,
        connection_id=user.connection_id,
        description="Update one's own profile",
        fields=[name for name in FIELDS if getattr(user, name) != getattr(told, name)],
    )
    return Decision(
        answer=told,
        writes=(UpdateUser(user=told, seen_updated_at=user.updated_at), log),
    )


def phone_key(typed: str) -> str | None:
    """E.164 of a number that can exist; None for others."""
    try:
        number = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def gone() -> AccountRefusal:
    """The account was deleted while its page was open."""
    return AccountRefusal(
        "There is no such account",
        text_id="error.unexpected",
        rule="House-account-gone",
        status=404,
    )


def _is_picture(text: str) -> bool:
    return text.startswith("https://") and printable(text, _LONGEST_URL) == text
