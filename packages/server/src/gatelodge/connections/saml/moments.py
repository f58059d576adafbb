"""Times in SAML: UTC, as XML Schema writes them (SAML Core §1.3.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from gatelodge.connections.saml.document import SamlRefusal

_FORM: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|\+00:00)")
SKEW: Final = 60_000
"""How far the other party's clock may be off, in milliseconds."""


def read(text: str | None) -> int | None:
    """Milliseconds; None where nothing is said.

    Raises:
        SamlRefusal: it is no time in UTC.
    """
    if text is None:
        return None
    found = _FORM.fullmatch(text.strip())
    try:
        whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else None
    except ValueError:
        whole = None
    if found is None or whole is None:
        raise SamlRefusal(f"{text[:40]!r} is no time in UTC", rule="SAML-time-form")
    fraction = float(found[2] or 0)
    return int(whole.timestamp() * 1000) + int(fraction * 1000)


def check(
    begins: str | None, ends: str | None, *, now: int, what: str, rule: str
) -> None:
    """Now is within ``[begins, ends)``, give or take ``SKEW`` (SAML Core §2.5.1.2).

    Raises:
        SamlRefusal: it is not yet, or no longer.
    """
    first, last = read(begins), read(ends)
    if first is not None and now + SKEW < first:
        raise SamlRefusal(f"{what} does not hold yet", rule=rule)
    if last is not None and now - SKEW >= last:
        raise SamlRefusal(f"{what} holds no longer", rule=rule)
