"""The code on paper: it stands in for a factor that was lost, once (contract 2.3)."""

from __future__ import annotations

import hmac
import re
from typing import Final

from gatelodge.base.encoding import digest_of
from gatelodge.model.factor import Factor

CODE_BYTES: Final = 24
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 24
_IGNORED: Final = re.compile(r"[\s-]+")


def spell(raw: bytes) -> str:
    """24 letters and digits that cannot be mistaken for each other: 120 bits."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in raw[:_LENGTH])


def factor(code: str, *, user_id: str, id_: str, now: int) -> Factor:
    """The row of a new code; it holds a digest, which is enough to compare."""
    return Factor(
        id=id_,
        user_id=user_id,
        kind="recovery",
        details={"digest": _digest(user_id, code)},
        created_at=now,
        confirmed_at=now,
    )


def fits(known: Factor, typed: str) -> bool:
    """Whether this is the code; blanks, hyphens and case do not count."""
    digest = _digest(known.user_id, typed)
    return hmac.compare_digest(str(known.details.get("digest", "")), digest)


def _digest(user_id: str, code: str) -> str:
    plain = _IGNORED.sub("", code[:100]).upper()
    return digest_of(f"recovery code\x00{user_id}\x00{plain}")
