"""Codes from an authenticator app (RFC 6238, with the parameters all of them know)."""

from __future__ import annotations

import base64
import hmac
import struct
from typing import Final
from urllib.parse import quote

SEED_BYTES: Final = 20
_STEP: Final = 30_000
_DIGITS: Final = 6
_WINDOW: Final = (0, -1, 1)
"""A code of the step before or after is good too: clocks differ (RFC 6238 §5.2)."""


def step_of(seed: bytes, typed: str, *, now: int, after: int = 0) -> int | None:
    """Which step's code was typed; None for none that may be used.

    A step is used once, and none before it afterwards: ``after`` is the last one used
    (RFC 6238 §5.2).
    """
    code = "".join(typed.split()).encode("utf-8", "surrogatepass")
    current = now // _STEP
    for offset in _WINDOW:
        step = current + offset
        if step > after and hmac.compare_digest(code_at(seed, step).encode(), code):
            return step
    return None


def code_at(seed: bytes, step: int) -> str:
    """Six digits for one step of thirty seconds (RFC 4226 §5.3)."""
    mac = hmac.digest(seed, struct.pack(">Q", step), "sha1")
    start = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def spelled(seed: bytes) -> str:
    """The seed as people type it where they cannot scan: Base32, no padding."""
    return base64.b32encode(seed).decode("ascii").rstrip("=")


def address(seed: bytes, *, tenant: str, account: str) -> str:
    """The ``otpauth`` address that an authenticator app scans."""
    label = f"{quote(tenant, safe='')}:{quote(account, safe='')}"
    return (
        f"otpauth://totp/{label}?secret={spelled(seed)}"
        f"&issuer={quote(tenant, safe='')}&algorithm=SHA1&digits=6&period=30"
    )
