"""What actions said about one login, and what it does to scopes and claims.

An action can give what the pipeline of scopes would not (contract 1.6, step 6), but it
cannot set registered claims, and a standard claim still needs its scope (contract
1.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import msgspec

from gatelodge.base.errors import (
    AccessDenied,
    InteractionRequired,
    InvalidRequest,
    InvalidScope,
    ProtocolRefusal,
)
from gatelodge.model.api import Api
from gatelodge.model.client import Client
from gatelodge.model.grant import CustomClaims
from gatelodge.model.saml import SamlChanges
from gatelodge.oauth import claim_template, claims
from gatelodge.oauth.scope import OFFLINE, may_stay_offline
from gatelodge.oauth.second_factor import MULTIPLE, REMEMBERED

MOST_TRACES: Final = 20
FAILED: Final = "The request could not be completed."
DenialCode: TypeAlias = Literal[
    "access_denied", "invalid_scope", "invalid_request", "server_error"
]
_KINDS: Final[Mapping[str, type[ProtocolRefusal]]] = MappingProxyType(
    {"invalid_scope": InvalidScope, "invalid_request": InvalidRequest}
)


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """Why not; ``user_message`` is for the person, where a page of ours tells them.

    ``failed`` names the action that failed, where no action has said no.
    """

    reason: str
    code: DenialCode = "access_denied"
    user_message: str | None = None
    failed: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that the actions of one login have asked for so far.

    Attributes:
        scopes: True for one that was added, False for one that was removed.
        id_token, access_token: custom claims; None takes one away.
        mfa: a second factor is demanded; ``remember_browser``: not in each sign-in.
        user_metadata, app_metadata: first-level changes; None removes.
        redirect: where the person has to go first.
        saml: what changes in the answer to an app that speaks SAML.
    """

    denied: Denial | None = None
    scopes: dict[str, bool] = {}
    id_token: dict[str, Any] = {}
    access_token: dict[str, Any] = {}
    mfa: bool = False
    remember_browser: bool = False
    user_metadata: dict[str, Any] = {}
    app_metadata: dict[str, Any] = {}
    redirect: str | None = None
    saml: SamlChanges = SamlChanges()

    @property
    def custom(self) -> CustomClaims:
        """The claims, as a code carries them."""
        return CustomClaims(id_token=self.id_token, access_token=self.access_token)


NOTHING: Final = Outcome()


class Trace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One execution, for the log; ``error`` where it failed."""

    name: str
    milliseconds: int
    error: str | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of asking; ``last`` is the action that was asked last."""

    outcome: Outcome = NOTHING
    traces: tuple[Trace, ...] = ()
    last: str | None = None


NO_RUN: Final = Run()


def spoken(traces: tuple[Trace, ...]) -> list[dict[str, Any]] | None:
    """The traces as a line of the log holds them; None for none."""
    found: list[dict[str, Any]] = msgspec.to_builtins(list(traces[:MOST_TRACES]))
    return found or None


def denial(denied: Denial) -> ProtocolRefusal:
    """How an app is told."""
    rule = "House-action-failed" if denied.failed else "Auth0-action-denied"
    kind = _KINDS.get(denied.code, AccessDenied)
    because = f"action {denied.failed} failed" if denied.failed else None
    return kind(denied.reason, rule=rule, because=because)


def demands_factor(outcome: Outcome, amr: tuple[str, ...]) -> bool:
    """Whether an action wants a second factor that this sign-in does not show.

    A remembered browser counts only where the action says so.
    """
    enough = {MULTIPLE, REMEMBERED} if outcome.remember_browser else {MULTIPLE}
    return outcome.mfa and enough.isdisjoint(amr)


def check_without_person(outcome: Outcome, amr: tuple[str, ...]) -> None:
    """Where nobody sits at a browser, nobody can be sent away or asked for a factor.

    Raises:
        ProtocolRefusal: an action said no.
        InteractionRequired: a redirect, or a second factor that was not shown.
    """
    if outcome.denied is not None:
        raise denial(outcome.denied)
    if outcome.redirect is not None or demands_factor(outcome, amr):
        raise InteractionRequired(
            "Interaction required", rule="Auth0-action-interaction"
        )


def scopes_of(
    granted: tuple[str, ...], outcome: Outcome, *, client: Client, api: Api | None
) -> tuple[str, ...]:
    """The scopes once actions have added and removed theirs.

    Refresh tokens stay a matter of the client's and the API's own switches.
    """
    kept = [scope for scope in granted if outcome.scopes.get(scope, True)]
    added = [scope for scope, given in outcome.scopes.items() if given]
    if not may_stay_offline(client, api):
        added = [scope for scope in added if scope != OFFLINE]
    return tuple(dict.fromkeys((*kept, *added)))


def settled(wanted: Mapping[str, Any], scopes: tuple[str, ...]) -> dict[str, Any]:
    """The claims that may stand in a token; the others are left out in silence."""
    open_claims = claims.settable(scopes)
    return {
        name: value
        for name, value in wanted.items()
        if value is not None
        and not claim_template.reserved(name)
        and (name not in claims.STANDARD or name in open_claims)
    }
