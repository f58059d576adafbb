"""Connections of strategy ``email`` and ``sms``: Auth0's words and ours."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UnsetType

from gatelodge.login.passwordless import STRATEGIES
from gatelodge.login.phone import is_region
from gatelodge.model.connection import (
    SMS,
    Connection,
    ConnectionOptions,
    Passwordless,
)
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.native_shapes import Totp
from gatelodge.tenantfile.rules import Reasons
from gatelodge.tenantfile.shapes import ConnectionShape, UpstreamShape, given

__all__ = ["STRATEGIES", "merge", "to_file"]

_SENDS: Final = ("code", "link")
_LENGTH: Final = 6
_LONGEST_TEXT: Final = 300
_LONGEST_LIFE: Final = 3_600
_LEAST_LIFE: Final = 30
_CODE: Final = "{code}"
_AUTH0_CODES: Final = ("{{ code }}", "{{code}}")


def merge(
    shape: ConnectionShape,
    current: Connection | None,
    *,
    enabled: tuple[str, ...] | None,
    draft: Draft,
    path: Path,
) -> Connection | None:
    """The connection as the file wants it; None where it cannot be."""
    base = current or Connection(
        id=draft.draw_id("con"),
        name=shape.name,
        strategy=shape.strategy,
        position=len(draft.connections),
        created_at=draft.now,
    )
    if base.strategy != shape.strategy:
        text = f"{shape.name} is a {base.strategy} connection; that never changes"
        draft.remarks.refuse((*path, "strategy"), text)
        return None
    said = given(shape.options, UpstreamShape())
    wanted = _options(said, base.options.passwordless or Passwordless())
    draft.refuse_all((*path, "options"), _problems(said, wanted, shape.strategy))
    options = msgspec.structs.replace(
        base.options,
        enabled_clients=_enabled(shape, base.options, enabled),
        display_name=given(shape.display_name, base.options.display_name),
        show_as_button=given(shape.show_as_button, base.options.show_as_button),
        disable_signup=given(said.disable_signup, base.options.disable_signup),
        link_by_verified_email=given(
            said.link_by_verified_email, base.options.link_by_verified_email
        ),
        passwordless=wanted,
    )
    return msgspec.structs.replace(base, options=options)


def to_file(connection: Connection) -> dict[str, Any]:
    """The connection in the file's words, every field said."""
    options = connection.options
    own = options.passwordless or Passwordless()
    enabled = options.enabled_clients
    said: dict[str, Any] = {
        "disable_signup": options.disable_signup,
        "totp": {"time_step": own.lifetime, "length": _LENGTH},
        "most_per_hour": own.most_per_hour,
    }
    if connection.strategy == SMS:
        said["template"] = own.text
        said["regions"] = None if own.regions is None else list(own.regions)
    else:
        said["send"] = own.send
        said["link_by_verified_email"] = options.link_by_verified_email
    return {
        "name": connection.name,
        "strategy": connection.strategy,
        "display_name": options.display_name,
        "show_as_button": options.show_as_button,
        "enabled_clients": None if enabled is None else list(enabled),
        "options": said,
    }


def _options(said: UpstreamShape, base: Passwordless) -> Passwordless:
    lifetime = base.lifetime
    if not isinstance(said.totp, UnsetType):
        lifetime = given(said.totp.time_step, lifetime)
    regions = base.regions
    if not isinstance(said.regions, UnsetType):
        regions = None if said.regions is None else tuple(said.regions)
    send = given(said.send, base.send)
    return Passwordless(
        send="link" if send == "link" else "code",
        lifetime=lifetime,
        text=_text(given(said.template, base.text)),
        regions=regions,
        most_per_hour=given(said.most_per_hour, base.most_per_hour),
    )


def _text(words: str | None) -> str | None:
    """Auth0 writes where the code stands with two braces."""
    for hole in _AUTH0_CODES:
        words = words.replace(hole, _CODE) if words else words
    return words or None


def _problems(said: UpstreamShape, wanted: Passwordless, strategy: str) -> Reasons:
    send = given(said.send, "code")
    if send not in _SENDS or (strategy == SMS and send != "code"):
        yield "send", f"{send!r}: e-mail takes code or link, a text holds a code"
    yield from _times(said, wanted)
    yield from _words(wanted.text)
    for region in wanted.regions or ():
        if not is_region(region):
            yield "regions", f"{region!r} is not a country such as DE"
    if wanted.most_per_hour < 1:
        yield "most_per_hour", "at least 1"


def _times(said: UpstreamShape, wanted: Passwordless) -> Reasons:
    totp = given(said.totp, Totp())
    if given(totp.length, _LENGTH) != _LENGTH:
        yield "totp", f"a code has {_LENGTH} digits"
    if not _LEAST_LIFE <= wanted.lifetime <= _LONGEST_LIFE:
        yield "totp", f"time_step is {_LEAST_LIFE} to {_LONGEST_LIFE} seconds"


def _words(text: str | None) -> Reasons:
    if text is None:
        return
    if _CODE not in text:
        yield "template", f"write {_CODE} where the code stands"
    if len(text) > _LONGEST_TEXT:
        yield "template", f"at most {_LONGEST_TEXT} characters"


def _enabled(
    shape: ConnectionShape, base: ConnectionOptions, enabled: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    untold = isinstance(shape.enabled_clients, UnsetType)
    return base.enabled_clients if untold else enabled
