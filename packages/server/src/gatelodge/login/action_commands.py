"""Commands: what an action answers with, read strictly.

A function's calls of ``api`` and a webhook's JSON are the same list, each command named
as Auth0's method is. A list that cannot be read is the action's failure, and then none
of it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from gatelodge.base.text import echo, printable
from gatelodge.base.urls import parse
from gatelodge.login import metadata, saml_commands
from gatelodge.login.command import Command as CommandForm
from gatelodge.login.command import Name, Unreadable, Url, Words
from gatelodge.login.saml_commands import Places, SamlCommand
from gatelodge.model.action import Trigger
from gatelodge.oauth import scope
from gatelodge.oauth.outcome import Denial, DenialCode, Outcome

LARGEST_CLAIMS: Final = 100_000
_LONGEST_REASON: Final = 300


class Deny(CommandForm, frozen=True, kw_only=True, tag="access.deny"):
    """Refuse the login, the sign-up or the token."""

    reason: Words
    code: DenialCode = "access_denied"
    userMessage: Words | None = None  # noqa: N815 - Auth0's name on the wire


class IdClaim(CommandForm, frozen=True, kw_only=True, tag="idToken.setCustomClaim"):
    """Set a claim of the ID token; null takes it away."""

    name: Name
    value: Any


class AccessClaim(
    CommandForm, frozen=True, kw_only=True, tag="accessToken.setCustomClaim"
):
    """Set a claim of the access token; null takes it away."""

    name: Name
    value: Any


class AddScope(CommandForm, frozen=True, kw_only=True, tag="accessToken.addScope"):
    """Grant one scope more."""

    scope: Name


class RemoveScope(
    CommandForm, frozen=True, kw_only=True, tag="accessToken.removeScope"
):
    """Grant one scope less."""

    scope: Name


class EnableMfa(CommandForm, frozen=True, kw_only=True, tag="multifactor.enable"):
    """Demand a second factor."""

    provider: Name = "any"
    allowRememberBrowser: bool = True  # noqa: N815 - Auth0's name on the wire


class SetUserMetadata(
    CommandForm, frozen=True, kw_only=True, tag="user.setUserMetadata"
):
    """Set or (null) remove one name of ``user_metadata``."""

    name: Name
    value: Any


class SetAppMetadata(CommandForm, frozen=True, kw_only=True, tag="user.setAppMetadata"):
    """Set or (null) remove one name of ``app_metadata``."""

    name: Name
    value: Any


class SendUserTo(CommandForm, frozen=True, kw_only=True, tag="redirect.sendUserTo"):
    """Send the person elsewhere before the login ends."""

    url: Url


OwnCommand: TypeAlias = (
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
Command: TypeAlias = OwnCommand | SamlCommand
_METADATA: Final = (SetUserMetadata, SetAppMetadata)
_FIELDS: Final[Mapping[type[CommandForm], str]] = MappingProxyType(
    {
        IdClaim: "id_token",
        AccessClaim: "access_token",
        SetUserMetadata: "user_metadata",
        SetAppMetadata: "app_metadata",
    }
)
_ALLOWED: Final[Mapping[Trigger, tuple[type[CommandForm], ...]]] = MappingProxyType(
    {
        "post-login": (
            *(Deny, IdClaim, AccessClaim, AddScope, RemoveScope, EnableMfa),
            *_METADATA,
            SendUserTo,
            *saml_commands.KINDS,
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


def after(
    outcome: Outcome, commands: tuple[Command, ...], *, places: Places = None
) -> Outcome:
    """The outcome with one action's commands added, in order.

    ``places`` are the callbacks of an app that speaks SAML; None for any other.

    Raises:
        Unreadable: a scope, a name or an amount that may not be.
    """
    for command in commands:
        if not isinstance(command, SamlCommand):
            outcome = _with(outcome, command)
        elif places is not None:
            saml = saml_commands.after(outcome.saml, command, places)
            outcome = msgspec.structs.replace(outcome, saml=saml)
    for claims in (outcome.id_token, outcome.access_token, outcome.saml):
        if len(msgspec.json.encode(claims)) > LARGEST_CLAIMS:
            raise Unreadable(f"the claims are larger than {LARGEST_CLAIMS} bytes")
    for changes in (outcome.user_metadata, outcome.app_metadata):
        if metadata.too_large(changes):
            raise Unreadable(f"metadata larger than {metadata.LARGEST} bytes")
    return outcome


def _with(outcome: Outcome, command: OwnCommand) -> Outcome:
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
