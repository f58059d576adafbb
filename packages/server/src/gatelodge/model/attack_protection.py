"""How much may be tried before we stop looking (contract 2.4)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

BruteForceMode: TypeAlias = Literal[
    "count_per_identifier_and_ip", "count_per_identifier"
]
BruteForceShield: TypeAlias = Literal["block", "user_notification"]


class BruteForce(msgspec.Struct, frozen=True, kw_only=True):
    """Wrong passwords for one account.

    Attributes:
        mode: whether another address of the internet has tries of its own;
            ``count_per_identifier`` lets anybody lock out anybody.
        shields: ``block`` looks at no further password, ``user_notification`` mails
            the person, with a link that lifts the block.
        allowlist: addresses or networks (CIDR) that are never counted.
    """

    enabled: bool = True
    max_attempts: int = 10
    mode: BruteForceMode = "count_per_identifier_and_ip"
    shields: tuple[BruteForceShield, ...] = ("block", "user_notification")
    allowlist: tuple[str, ...] = ()


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket of ``max_attempts`` that gets one back every ``rate`` milliseconds."""

    max_attempts: int
    rate: int


class SuspiciousIp(msgspec.Struct, frozen=True, kw_only=True):
    """What one address of the internet may do, whoever it says it is.

    Attributes:
        pre_login: sign-ins that fail; one that succeeds costs nothing.
        pre_user_registration: sign-ups.
    """

    enabled: bool = True
    allowlist: tuple[str, ...] = ()
    pre_login: Stage = Stage(max_attempts=100, rate=864_000)
    pre_user_registration: Stage = Stage(max_attempts=50, rate=1_200)


class AttackProtection(msgspec.Struct, frozen=True, kw_only=True):
    """The shields of a tenant."""

    brute_force: BruteForce = BruteForce()
    suspicious_ip: SuspiciousIp = SuspiciousIp()
