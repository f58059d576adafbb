"""Is one proof enough? When a second factor is asked for (contract 2.3).

A sign-in says how it was proven by its ``amr`` (RFC 8176): ``mfa`` where two factors
were, ``rba`` where the browser is one in which they lately were.
"""

from __future__ import annotations

from typing import Final

from gatelodge.model.client import Client
from gatelodge.model.settings import Settings
from gatelodge.model.user import User

ACR: Final = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
"""The one class of sign-in that we know (Auth0's step-up)."""
MULTIPLE: Final = "mfa"
REMEMBERED: Final = "rba"


def missing(
    user: User,
    amr: tuple[str, ...],
    *,
    client: Client,
    settings: Settings,
    demanded: bool = False,
) -> bool:
    """Whether this sign-in still lacks a second factor.

    ``demanded``: the app, or an administrator's action, wants one whatever the policy.
    A remembered browser answers a policy, never a demand.
    """
    if MULTIPLE in amr:
        return False
    if demanded:
        return True
    if REMEMBERED in amr:
        return False
    policy = client.options.mfa_policy or settings.mfa.policy
    if policy == "always":
        return True
    return policy != "never" and user.second_factor_at is not None


def proven_enough(user: User, acr: object) -> bool:
    """Whether a sign-in of this class may change how its person signs in.

    Whoever has a second factor shows it for that, whatever the policy: a stolen
    password alone must not remove it, nor add one of the thief's.
    """
    return acr == ACR or user.second_factor_at is None


def proven_at(auth_time: object) -> int:
    """The end of the second (milliseconds) that a token's ``auth_time`` names."""
    return auth_time * 1000 + 999 if isinstance(auth_time, int) else 0


def acr_of(amr: tuple[str, ...]) -> str | None:
    """The class of a sign-in: two factors, or none that has a name."""
    return ACR if MULTIPLE in amr else None
