"""A person renames or removes what they prove themselves with (contract 2.3, 3.9)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.change import Write
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.text import printable
from gatelodge.login import factors as second_factors
from gatelodge.login import linking
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.factor import SECOND, Factor
from gatelodge.model.reads import Way
from gatelodge.model.user import User
from gatelodge.model.writes import (
    DeleteFactor,
    DeleteFactors,
    HoldAccount,
    RenameFactor,
)
from gatelodge.oauth.log import Witness

_LONGEST: Final = 80
SUCCEEDED: Final = "my_account_authentication_method_succeeded"
FAILED: Final = "my_account_authentication_method_failed"


def mine(factors: tuple[Factor, ...], factor_id: str) -> Factor:
    """The person's own factor of this id, once it counts.

    Raises:
        AccountRefusal: they have none of it, whoever else may.
    """
    for factor in factors:
        if factor.id == factor_id and factor.active:
            return factor
    raise AccountRefusal(
        "There is no such authentication method",
        text_id="error.factor_gone",
        rule="House-own-factor",
        status=404,
    )


def rename(factor: Factor, typed: str, *, witness: Witness) -> tuple[Write, ...]:
    """What its person calls it.

    Raises:
        AccountRefusal: no name, or one nobody could read.
    """
    name = typed.strip()
    if not name or printable(name, _LONGEST) != name:
        raise AccountRefusal(
            f"A name has 1 to {_LONGEST} characters",
            text_id="error.factor_name",
            rule="House-factor-name",
        )
    return (
        RenameFactor(id=factor.id, user_id=factor.user_id, name=name),
        _line(factor, "Rename an authentication method", witness),
    )


def remove(
    factor: Factor,
    factors: tuple[Factor, ...],
    ways: tuple[Way, ...],
    *,
    catalogue: Catalogue,
    witness: Witness,
    log: str = SUCCEEDED,
) -> tuple[Write, ...]:
    """Take it away; recovery codes go with the last thing they stand in for.

    ``log``: the type of the line that tells of it.

    Raises:
        AccountRefusal: it is the person's last way to sign in.
    """
    rest = tuple(one for one in factors if one.id != factor.id)
    if factor.kind == "passkey" and not linking.can_sign_in(ways, rest, catalogue):
        raise linking.last_way()
    user, now = ways[0].user, witness.at
    second = any(one.kind in SECOND and one.active for one in rest)
    recovery = () if second else (DeleteFactors(user_id=user.user_id, kind="recovery"),)
    return (
        DeleteFactor(id=factor.id, user_id=factor.user_id),
        *recovery,
        _held(user, now),
        *second_factors.changed(user.user_id, max(now, user.updated_at + 1)),
        _line(factor, "Remove an authentication method", witness, log),
    )


def _held(user: User, now: int) -> HoldAccount:
    """Of two who each remove the other's last but one, one loses."""
    return HoldAccount(
        user_id=user.user_id,
        seen_updated_at=user.updated_at,
        at=max(now, user.updated_at + 1),
    )


def _line(
    factor: Factor, description: str, witness: Witness, log: str = SUCCEEDED
) -> Write:
    return witness.line(
        log,
        user_id=factor.user_id,
        description=description,
        factor=factor.kind,
        factor_id=factor.id,
    )
