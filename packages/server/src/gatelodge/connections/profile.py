"""From what a provider says of a person to our fields (contract 1.8, 1.9).

A path is names between dots: ``user.name.firstName``. ``emails[primary=true].email``
takes the first entry of a list that has this value. Values that are no text, too long
or unprintable are passed over: a provider cannot put into an account what a person
could not type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.text import email_key, is_email, printable
from gatelodge.connections.provider import Party
from gatelodge.model.profile import Profile

_STEP: Final = re.compile(r"([^.\[\]]+)(?:\[([^=\]]+)=([^\]]*)\])?")
_LONGEST_ID: Final = 255
_LONGEST_NAME: Final = 150
_LONGEST_URL: Final = 1_000


def read(said: Mapping[str, Any], party: Party) -> Profile:
    """Our fields out of ``said``, the provider's claims or documents.

    Raises:
        UpstreamRefusal: it does not say who the person is.
    """
    paths = _paths(party)
    external = _identifier(_first(said, paths.get("external_id", ())))
    if external is None:
        raise UpstreamRefusal(
            "error.upstream_failed",
            rule="House-upstream-profile",
            because="the provider names nobody",
        )
    email = email_key(_text(_first(said, paths.get("email", ())), _LONGEST_ID) or "")
    known = is_email(email)
    return Profile(
        external_id=external,
        email=email if known else None,
        email_verified=known and _proven(said, paths, party),
        name=_text(_first(said, paths.get("name", ())), _LONGEST_NAME),
        given_name=_text(_first(said, paths.get("given_name", ())), _LONGEST_NAME),
        family_name=_text(_first(said, paths.get("family_name", ())), _LONGEST_NAME),
        nickname=_text(_first(said, paths.get("nickname", ())), _LONGEST_NAME),
        picture=_link(_first(said, paths.get("picture", ()))),
        raw=dict(said),
    )


def unfit(path: str) -> bool:
    """Whether this can be no path."""
    return not path or any(not _STEP.fullmatch(step) for step in _steps(path))


def _paths(party: Party) -> dict[str, tuple[str, ...]]:
    own = {name: (path,) for name, path in party.upstream.profile.items()}
    return {**party.provider.profile, **own}


def _proven(
    said: Mapping[str, Any], paths: Mapping[str, Iterable[str]], party: Party
) -> bool:
    """Apple writes the word, others the value."""
    if party.provider.trusts_email:
        return True
    return _first(said, paths.get("email_verified", ())) in (True, "true")


def _first(said: Mapping[str, Any], paths: Iterable[str]) -> Any:
    """The first of the paths that leads to something."""
    found = (_follow(said, path) for path in paths)
    return next((value for value in found if value not in (None, "")), None)


def _follow(said: Any, path: str) -> Any:
    if isinstance(said, Mapping) and path in said:
        return said[path]  # a claim's name may itself hold dots and slashes
    for step in _steps(path):
        match = _STEP.fullmatch(step)
        if match is None or not isinstance(said, Mapping):
            return None
        said = said.get(match[1])
        if match[2] is not None:
            said = _entry(said, match[2], match[3])
    return said


def _entry(said: Any, name: str, value: str) -> Any:
    entries = said if isinstance(said, list) else []
    fitting = (
        entry
        for entry in entries
        if isinstance(entry, Mapping) and _spelled(entry.get(name)) == value
    )
    return next(fitting, None)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _steps(path: str) -> list[str]:
    return re.split(r"\.(?![^\[]*\])", path)


def _identifier(value: Any) -> str | None:
    """Providers name people by text or by number, never by a truth value."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    text = str(value)
    return text if 0 < len(text) <= _LONGEST_ID and text.isprintable() else None


def _text(value: Any, longest: int) -> str | None:
    return printable(value, longest).strip() or None if isinstance(value, str) else None


def _link(value: Any) -> str | None:
    text = _text(value, _LONGEST_URL)
    return text if text and text.startswith("https://") else None
