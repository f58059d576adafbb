"""What comes back in the browser, and whether it answers us (RFC 6749 §4.1.2, 9207)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.text import printable
from gatelodge.connections.provider import Party

_DENIED = frozenset(
    {"access_denied", "user_cancelled_login", "user_cancelled_authorize"}
)
_LONGEST_CODE = 4_096
_LONGEST_REASON = 300


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """A code to redeem, and what Apple says of the person beside it, once."""

    code: str
    user: str | None = None


def read(
    params: Mapping[str, str], party: Party, *, place: str, expected_issuer: str | None
) -> Came:
    """The code in an answer that is this party's.

    ``place`` is the callback the answer came to; ``expected_issuer`` is known where
    the party says its name in each answer (RFC 9207).

    Raises:
        UpstreamRefusal: an error, another party's answer, or no answer at all.
    """
    if place != party.callback:
        raise _foreign("it came to another callback")
    issuer = params.get("iss")
    if expected_issuer is not None and issuer != expected_issuer:
        raise _foreign(f"iss {printable(issuer or '', 100)!r}")
    if "error" in params:
        raise _told(params)
    code = params.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise UpstreamRefusal(
            "error.upstream_failed",
            rule="RFC6749-4.1.2.upstream",
            because="neither code nor error",
        )
    return Came(code=code, user=params.get("user"))


def _told(params: Mapping[str, str]) -> UpstreamRefusal:
    """The party's words go to the log, never to a page."""
    error = params["error"]
    reason = f"{error}: {params.get('error_description', '')}"
    says = "error.upstream_denied" if error in _DENIED else "error.upstream_failed"
    return UpstreamRefusal(
        says,
        rule="RFC6749-4.1.2.1.upstream",
        because=printable(reason, _LONGEST_REASON),
    )


def _foreign(because: str) -> UpstreamRefusal:
    """Somebody mixes up two parties (RFC 9700 §4.4)."""
    return UpstreamRefusal(
        "error.upstream_failed", rule="RFC9700-4.4.2", because=because
    )
