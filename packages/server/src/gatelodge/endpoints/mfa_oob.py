"""The name of a code that was sent, as an app holds it (contract 3.8: ``oob_code``)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.house import House
from gatelodge.login.mfa_token import MfaToken

NAME_BYTES: Final = 12
LIFETIME: Final = 5 * MINUTE
_PURPOSE: Final = "oob code"


def seal(house: House, factor_id: str, raw: str) -> str:
    """Which factor the code was sent to; ``raw`` makes each one different."""
    return house.sealer.seal_text(
        f"{raw}\x00{factor_id}".encode(),
        purpose=_PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )


def factor_of(house: House, oob_code: str) -> str | None:
    """Which factor an ``oob_code`` speaks of; None for what is none of ours."""
    try:
        plain = house.sealer.unseal_text(oob_code, purpose=_PURPOSE)
    except SealBroken:
        return None
    return plain.decode().partition("\x00")[2]


def name_of(token: MfaToken, factor_id: str) -> str:
    """Under which name the code is kept: one sign-in, one factor, the newest code."""
    return digest_of(f"{token.jti}\x00{factor_id}")
