"""An address or number as much as it takes to recognise it, and no more."""

from __future__ import annotations

from gatelodge.model.factor import Factor

_DOTS = "•••"
_SHOWN_DIGITS = 2


def masked(factor: Factor) -> str:
    """What tells this factor from the person's others on a page."""
    to = str(factor.details.get("to", ""))
    if factor.kind == "email":
        return email(to)
    if factor.kind == "sms":
        return phone(to)
    return factor.name or ""


def email(address: str) -> str:
    """The first letter and the domain: ``a•••@example.com``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}{_DOTS}@{domain}" if local else _DOTS


def phone(number: str) -> str:
    """The last two digits: ``••• 11``."""
    return f"{_DOTS} {number[-_SHOWN_DIGITS:]}" if number else _DOTS
