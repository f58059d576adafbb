"""Commands: what an action answers with, read strictly.

A function's calls of ``api`` and a webhook's JSON are the same list, each command named
as Auth0's method is. A list that cannot be read is the action's failure, and then none
of it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from gatelodge.base.text import echo, printable
from gatelodge.base.urls import parse
from gatelodge.login import metadata
from gatelodge.model.action import Trigger
from gatelodge.oauth import scope
from gatelodge.oauth.outcome import Denial, DenialCode, Outcome

LARGEST_CLAIMS: Final = 100_000
_Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
_Words: TypeAlias = Annotated[str, Meta(max_length=500)]
_Url: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2000)]
_LONGEST_REASON: Final = 300


class Unreadable(Exception):
    """The action asked for what its trigger cannot give; the text says what."""


class _Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="command",
    forbid_unknown_fields=True,
):
    """One of the commands below."""


class Deny(_Command, frozen=True, kw_only=True, tag="access.deny"):
    """Refuse the login, the sign-up or the token."""

    reason: _Words
    code: DenialCode = "access_denied"
    userMessage: _Words | None = None  # noqa: N815 - Auth0's name on the wire


class IdClaim(_Command, frozen=True, kw_only=True, tag="idToken.setCustomClaim"):
    """Set a claim of the ID token; null takes it away."""

    name: _Name
    value: Any


class AccessClaim(
    _Command, frozen=True, kw_only=True, tag="accessToken.setCustomClaim"
):
    """Set a claim of the access token; null takes it away."""

    name: _Name
    value: Any


class AddScope(_Command, frozen=True, kw_only=True, tag="accessToken.addScope"):
    """Grant one scope more."""

    scope: _Name


class RemoveScope(_Command, frozen=True, kw_only=True, tag="accessToken.removeScope"):
    """Grant one scope less."""

    scope: _Name


class EnableMfa(_Command, frozen=True, kw_only=True, tag="multifactor.enable"):
    """Demand a second factor."""

    provider: _Name = "any"
    allowRememberBrowser: bool = True  # noqa: N815 - Auth0's name on the wire


class SetUserMetadata(_Command, frozen=True, kw_only=True, tag="user.setUserMetadata"):
    """Set or (null) remove one name of ``user_metadata``."""

    name: _Name
    value: Any


class SetAppMetadata(_Command, frozen=True, kw_only=True, tag="user.setAppMetadata"):
    """Set or (null) remove one name of ``app_metadata``."""

    name: _Name
    value: Any


class SendUserTo(_Command, frozen=True, kw_only=True, tag="redirect.sendUserTo"):
    """Send the person elsewhere before the login ends."""

    url: _Url


Command: TypeAlias = (
    Deny
    | IdClaim
    | AccessClaim
    | AddScope
    | RemoveScope
    | EnableMfa
    | SetUserMetadata
    | SetAppMetadata
    | SendUserTo
)
_METADATA: Final = (SetUserMetadata, SetAppMetadata)
_FIELDS: Final[Mapping[type[_Command], str]] = MappingProxyType(
    {
        IdClaim: "id_token",
        AccessClaim: "access_token",
        SetUserMetadata: "user_metadata",
        SetAppMetadata: "app_metadata",
    }
)
_ALLOWED: Final[Mapping[Trigger, tuple[type[_Command], ...]]] = MappingProxyType(
    {
        "post-login": (
            *(Deny, IdClaim, AccessClaim, AddScope, RemoveScope, EnableMfa),
            *_METADATA,
            SendUserTo,
        ),
        "pre-user-registration": (Deny, *_METADATA),
        "post-user-registration": (),
        "credentials-exchange": (Deny, AccessClaim, AddScope, RemoveScope),
    }
)


def read(raw: bytes, trigger: Trigger) -> tuple[Command, ...]:
    """The commands of a JSON list.

    Raises:
        Unreadable: unknown, malformed, or not of this trigger.
    """
    try:
        commands = msgspec.json.decode(raw, type=tuple[Command, ...])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(printable(str(error), 200)) from error
    for command in commands:
        if not isinstance(command, _ALLOWED[trigger]):
            name = type(command).__struct_config__.tag
            raise Unreadable(f"{name} cannot be used in {trigger}")
    return commands


def after(outcome: Outcome, commands: tuple[Command, ...]) -> Outcome:
    """The outcome with one action's commands added, in order.

    Raises:
        Unreadable: a scope, a name or an amount that may not be.
    """
    for command in commands:
        outcome = _with(outcome, command)
    for claims in (outcome.id_token, outcome.access_token):
        if len(msgspec.json.encode(claims)) > LARGEST_CLAIMS:
            raise Unreadable(f"the claims are larger than {LARGEST_CLAIMS} bytes")
    for changes in (outcome.user_metadata, outcome.app_metadata):
        if metadata.too_large(changes):
            raise Unreadable(f"metadata larger than {metadata.LARGEST} bytes")
    return outcome


def _with(outcome: Outcome, command: Command) -> Outcome:
    changes: dict[str, Any]
    match command:
        case Deny():
            changes = {"denied": _denial(command)}
        case AddScope() | RemoveScope():
            adds = isinstance(command, AddScope)
            changes = {"scopes": {**outcome.scopes, _scope(command.scope): adds}}
        case EnableMfa():
            # The stricter of two actions holds.
            may = command.allowRememberBrowser
            before = outcome.remember_browser if outcome.mfa else True
            changes = {"mfa": True, "remember_browser": may and before}
        case SendUserTo():
            changes = {"redirect": _address(command.url)}
        case _:
            changes = _named_value(outcome, command)
    return msgspec.structs.replace(outcome, **changes)


def _named_value(
    outcome: Outcome, command: IdClaim | AccessClaim | SetUserMetadata | SetAppMetadata
) -> dict[str, Any]:
    field = _FIELDS[type(command)]
    if isinstance(command, _METADATA) and metadata.misnamed(field, (command.name,)):
        raise Unreadable(f"{printable(command.name, 40)!r} may not stand in {field}")
    return {field: {**getattr(outcome, field), command.name: command.value}}


def _denial(command: Deny) -> Denial:
    """The reason travels in URLs (RFC 6749 §4.1.2.1), the message stands on pages."""
    told = command.userMessage
    return Denial(
        reason=echo(command.reason, _LONGEST_REASON),
        code=command.code,
        user_message=printable(told, _LONGEST_REASON) if told else None,
    )


def _scope(value: str) -> str:
    if not scope.fits(value):
        raise Unreadable("a scope is one word without quotes")
    return value


def _address(url: str) -> str:
    parts = parse(url)
    if parts is None or parts.scheme not in ("http", "https"):
        raise Unreadable("a redirect goes to an http or https address")
    return url
