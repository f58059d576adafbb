"""Telephone numbers: one spelling, and only those that a text can reach (ITU-T E.164).

A text costs money, and premium numbers pay whoever owns them: they are no numbers here.
"""

from __future__ import annotations

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_LONGEST: Final = 40
_REACHED: Final = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.VOIP,
    }
)


def number(
    typed: str, *, region: str | None = None, regions: tuple[str, ...] | None = None
) -> str | None:
    """The number as ``+491711234567``; None where it is none we would send to.

    ``region``: of a number that names no country; ``regions``: those we send to.
    """
    if len(typed) > _LONGEST:
        return None
    try:
        parsed = phonenumbers.parse(typed, region)
    except NumberParseException:
        return None
    if parsed.extension or not phonenumbers.is_valid_number(parsed):
        return None
    if phonenumbers.number_type(parsed) not in _REACHED:
        return None
    country = phonenumbers.region_code_for_number(parsed)
    if regions is not None and country not in regions:
        return None
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


def spoken(e164: str) -> str:
    """The number as people write it: ``+49 171 1234567``."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))


def is_region(code: str) -> bool:
    """Whether there are numbers of this country (ISO 3166, two capital letters)."""
    return code in phonenumbers.SUPPORTED_REGIONS
