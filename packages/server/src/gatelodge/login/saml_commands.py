"""``samlResponse.…``: what a post-login action says of an answer by SAML.

Who we are, how we sign and whom we believe stay the administrator's: an action cannot
name an issuer, keys or weaker algorithms, and the answer goes to a callback of the app
or nowhere. In a sign-in that is not by SAML these commands mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from gatelodge.base.text import printable
from gatelodge.login.command import Command, Unreadable, Url
from gatelodge.model.saml import SamlChanges

Places: TypeAlias = tuple[str, ...] | None
_LONGEST: Final = 1_000
_MOST_SECONDS: Final = 30 * 24 * 3_600
_One: TypeAlias = str | bool | int | float
_Value: TypeAlias = _One | list[_One] | None
_Uri: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500)]


class SetAttribute(Command, frozen=True, kw_only=True, tag="samlResponse.setAttribute"):
    """Tell the app an attribute, of one or several values; null tells it nothing."""

    name: _Uri
    value: _Value


class SetAudience(Command, frozen=True, kw_only=True, tag="samlResponse.setAudience"):
    """For whom the assertion is."""

    value: _Uri


class SetRecipient(Command, frozen=True, kw_only=True, tag="samlResponse.setRecipient"):
    """Who may bring the assertion: one of the app's callbacks."""

    value: Url


class SetDestination(
    Command, frozen=True, kw_only=True, tag="samlResponse.setDestination"
):
    """Where the answer goes: one of the app's callbacks."""

    value: Url


class SetLifetime(
    Command, frozen=True, kw_only=True, tag="samlResponse.setLifetimeInSeconds"
):
    """How long the assertion holds, in seconds."""

    value: Annotated[int, Meta(ge=1, le=_MOST_SECONDS)]


class SetFormat(
    Command, frozen=True, kw_only=True, tag="samlResponse.setNameIdentifierFormat"
):
    """What kind of name the app is told."""

    value: _Uri


class SetProbes(
    Command, frozen=True, kw_only=True, tag="samlResponse.setNameIdentifierProbes"
):
    """Fields and attributes; the first that holds something is the name."""

    value: Annotated[tuple[_Uri, ...], Meta(min_length=1, max_length=20)]


class SetUpn(Command, frozen=True, kw_only=True, tag="samlResponse.setCreateUpnClaim"):
    """Whether the e-mail address is told as ``upn``."""

    value: bool


class SetPassthrough(
    Command,
    frozen=True,
    kw_only=True,
    tag="samlResponse.setPassthroughClaimsWithNoMapping",
):
    """Whether fields without a mapping are told."""

    value: bool


class SetSignResponse(
    Command, frozen=True, kw_only=True, tag="samlResponse.setSignResponse"
):
    """Sign the response, or the assertion; never neither."""

    value: bool


class SetContext(
    Command, frozen=True, kw_only=True, tag="samlResponse.setAuthnContextClassRef"
):
    """How the person proved who they are, in the app's words (SAML Core §2.7.2.2)."""

    value: _Uri


class SetRelayState(
    Command, frozen=True, kw_only=True, tag="samlResponse.setRelayState"
):
    """The state that travels with the answer."""

    value: Annotated[str, Meta(max_length=1_024)]


class SetSignature(
    Command, frozen=True, kw_only=True, tag="samlResponse.setSignatureAlgorithm"
):
    """Only what is done anyway may be asked for."""

    value: Literal["rsa-sha256"]


class SetDigest(
    Command, frozen=True, kw_only=True, tag="samlResponse.setDigestAlgorithm"
):
    """The same."""

    value: Literal["sha256"]


SamlCommand: TypeAlias = (
    SetAttribute
    | SetAudience
    | SetRecipient
    | SetDestination
    | SetLifetime
    | SetFormat
    | SetProbes
    | SetUpn
    | SetPassthrough
    | SetSignResponse
    | SetContext
    | SetRelayState
    | SetSignature
    | SetDigest
)
_FIELDS: Final[Mapping[type[Command], str]] = MappingProxyType(
    {
        SetAudience: "audience",
        SetRecipient: "recipient",
        SetDestination: "destination",
        SetLifetime: "lifetime",
        SetFormat: "name_id_format",
        SetProbes: "name_id",
        SetUpn: "upn",
        SetPassthrough: "passthrough",
        SetSignResponse: "sign_response",
        SetContext: "context_class",
        SetRelayState: "relay_state",
    }
)
KINDS: Final[tuple[type[Command], ...]] = (
    SetAttribute,
    *_FIELDS,
    SetSignature,
    SetDigest,
)


def after(changes: SamlChanges, command: SamlCommand, places: Places) -> SamlChanges:
    """The changes with one command more; ``places`` are the app's callbacks.

    Raises:
        Unreadable: the answer would go where the app is not.
    """
    if isinstance(command, SetSignature | SetDigest):
        return changes
    if isinstance(command, SetAttribute):
        name = _clean(command.name)
        said = {**changes.attributes, name: _texts(command.value)}
        return msgspec.structs.replace(changes, attributes=said)
    if isinstance(command, SetRecipient | SetDestination):
        _check(command, places or ())
    value: object = command.value
    if isinstance(command, SetProbes):
        value = tuple(_clean(one) for one in command.value)
    elif isinstance(value, str):
        value = _clean(value)
    return msgspec.structs.replace(changes, **{_FIELDS[type(command)]: value})


def _check(command: SetRecipient | SetDestination, places: tuple[str, ...]) -> None:
    """An assertion is for whoever gets it: nobody but the app may."""
    if command.value not in places:
        name = type(command).__struct_config__.tag
        told = printable(command.value, 100)
        raise Unreadable(f"{name}: {told!r} is none of the app's callbacks")


def _texts(value: _Value) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(_clean(_text(one)) for one in listed if one is not None and one != "")


def _text(value: _One) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clean(text: str) -> str:
    """XML takes no control characters."""
    return printable(text, _LONGEST)
