"""Section ``attackProtection``, in Auth0's words (contract 2.4)."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from gatelodge.base.clock import DAY
from gatelodge.model.attack_protection import (
    AttackProtection,
    BruteForce,
    BruteForceMode,
    BruteForceShield,
    Stage,
    SuspiciousIp,
)
from gatelodge.tenantfile.findings import Path, Remarks

_SECTION: Final = "attackProtection"
_FORCE: Final = "bruteForceProtection"
_CROWD: Final = "suspiciousIpThrottling"
_MOST: Final = 100
_CROWDED: Final = 100_000
_LONGEST_LIST: Final = 100
_STAGES: Final = ("pre-login", "pre-user-registration")


class BruteForceShape(msgspec.Struct, frozen=True, kw_only=True):
    """Wrong passwords for one account."""

    enabled: bool | UnsetType = UNSET
    max_attempts: int | UnsetType = UNSET
    mode: BruteForceMode | UnsetType = UNSET
    shields: list[BruteForceShield] | UnsetType = UNSET
    allowlist: list[str] | UnsetType = UNSET


class StageShape(msgspec.Struct, frozen=True, kw_only=True):
    """``rate``: milliseconds until one more is allowed."""

    max_attempts: int | UnsetType = UNSET
    rate: int | UnsetType = UNSET


class Stages(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What is counted for one address of the internet."""

    pre_login: StageShape = StageShape()
    pre_user_registration: StageShape = StageShape()


class SuspiciousIpShape(msgspec.Struct, frozen=True, kw_only=True):
    """What one address of the internet may do."""

    enabled: bool | UnsetType = UNSET
    allowlist: list[str] | UnsetType = UNSET
    stage: Stages = Stages()


class AttackProtectionShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The shields of a tenant."""

    brute_force_protection: BruteForceShape = BruteForceShape()
    suspicious_ip_throttling: SuspiciousIpShape = SuspiciousIpShape()


def merge(
    shape: AttackProtectionShape | None, current: AttackProtection, *, remarks: Remarks
) -> AttackProtection:
    """The shields as the file wants them."""
    if shape is None:
        return current
    force, crowd = shape.brute_force_protection, shape.suspicious_ip_throttling
    before = current.suspicious_ip
    stage = crowd.stage
    found = AttackProtection(
        brute_force=_with(current.brute_force, force, BruteForce),
        suspicious_ip=msgspec.structs.replace(
            _with(before, crowd, SuspiciousIp),
            pre_login=_with(before.pre_login, stage.pre_login, Stage),
            pre_user_registration=_with(
                before.pre_user_registration, stage.pre_user_registration, Stage
            ),
        ),
    )
    _check(found, remarks)
    return found


def to_file(protection: AttackProtection) -> dict[str, Any]:
    """The section, every field said."""
    crowd = msgspec.to_builtins(protection.suspicious_ip)
    stages = {name: crowd.pop(name.replace("-", "_")) for name in _STAGES}
    return {
        _FORCE: msgspec.to_builtins(protection.brute_force),
        _CROWD: {**crowd, "stage": stages},
    }


def _with(current: Any, shape: msgspec.Struct, kind: type[Any]) -> Any:
    said = {
        name: value
        for name, value in msgspec.structs.asdict(shape).items()
        if not isinstance(value, UnsetType) and name in kind.__struct_fields__
    }
    return msgspec.convert({**msgspec.to_builtins(current), **said}, type=kind)


def _check(found: AttackProtection, remarks: Remarks) -> None:
    force, crowd = found.brute_force, found.suspicious_ip
    if not 1 <= force.max_attempts <= _MOST:
        remarks.refuse((_SECTION, _FORCE, "max_attempts"), f"1 to {_MOST}")
    for name, stage in zip(
        _STAGES, (crowd.pre_login, crowd.pre_user_registration), strict=True
    ):
        where: Path = (_SECTION, _CROWD, "stage", name)
        if not 1 <= stage.max_attempts <= _CROWDED:
            remarks.refuse((*where, "max_attempts"), f"1 to {_CROWDED}")
        if not 1 <= stage.rate <= DAY:
            remarks.refuse((*where, "rate"), f"1 to {DAY} milliseconds")
    for part, listed in ((_FORCE, force.allowlist), (_CROWD, crowd.allowlist)):
        _check_list((_SECTION, part, "allowlist"), listed, remarks)


def _check_list(path: Path, listed: tuple[str, ...], remarks: Remarks) -> None:
    if len(listed) > _LONGEST_LIST:
        remarks.refuse(path, f"at most {_LONGEST_LIST} entries")
    for one in listed:
        if not _is_network(one):
            remarks.refuse(path, f"{one!r} is no address or network (CIDR)")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
