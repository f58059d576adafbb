"""An action: code of an administrator's that has a say in a login (Auth0: Action).

Functions stand in a trusted folder and need no row; a row gives one of them secrets and
limits, or registers a webhook.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

ACTION_SECRET: Final = "action secret"
LONGEST_LIMIT: Final = 20
Trigger: TypeAlias = Literal[
    "post-login",
    "pre-user-registration",
    "post-user-registration",
    "credentials-exchange",
]
OnFailure: TypeAlias = Literal["deny", "continue"]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One of the tenant's actions.

    Attributes:
        name: of the webhook, or the function's file; actions run in order of names.
        trigger, url: of a webhook; None for a function, whose file tells.
        sealed_secret: signs what is sent to a webhook.
        secrets: a function's own, by name, each sealed.
        time_limit: seconds for one execution, at most ``LONGEST_LIMIT``.
        on_failure: what becomes of the login when the action fails.
    """

    name: str
    trigger: Trigger | None = None
    url: str | None = None
    sealed_secret: str | None = None
    secrets: dict[str, str] = {}
    time_limit: int = 5
    on_failure: OnFailure = "deny"
