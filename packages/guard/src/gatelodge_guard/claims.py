"""What a checked access token says, and what it allows (RFC 9068 §2.2, RFC 6750 §3)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import InsufficientScope


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of an access token that passed every check.

    One value may serve many requests, so nothing in it can be changed: custom claims
    are handed out as copies.
    """

    sub: str
    """The user, or the client itself when it acts on its own behalf."""
    client_id: str
    """The app that holds the token: ``client_id``, in Auth0's dialect ``azp``."""
    issuer: str
    audience: tuple[str, ...]
    expires_at: int
    """Milliseconds since 1970."""
    scopes: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """Everything the token says; read it through ``get`` or ``as_dict``."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return any claim by its name, as a copy that is yours to change."""
        value = self.payload.get(name, default)
        return copy.deepcopy(value) if isinstance(value, dict | list) else value

    def __getitem__(self, name: str) -> Any:
        if name not in self.payload:
            raise KeyError(name)
        return self.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self.payload

    def keys(self) -> KeysView[str]:
        """The names of all claims: with ``[]`` this is what ``dict(claims)`` needs."""
        return self.payload.keys()

    def as_dict(self) -> dict[str, Any]:
        """Return all claims as a copy."""
        return copy.deepcopy(dict(self.payload))

    def require(
        self,
        *scopes: str,
        permissions: Iterable[str] = (),
        any_of: Iterable[str] = (),
    ) -> None:
        """Ask for all ``scopes``, all ``permissions``, and one of ``any_of``.

        ``any_of`` is satisfied by a scope or by a permission. Raises
        ``InsufficientScope`` naming what was asked for (RFC 6750 §3.1).
        """
        needed, choice = (*scopes, *permissions), tuple(any_of)
        if not (
            self.scopes.issuperset(scopes) and self.permissions.issuperset(permissions)
        ):
            raise _insufficient(needed or choice)
        if choice and not (self.scopes | self.permissions).intersection(choice):
            raise _insufficient(choice)


def _insufficient(needed: tuple[str, ...]) -> InsufficientScope:
    return InsufficientScope(
        "The token does not allow this", scope=needed, rule="RFC6750-3.1.scope"
    )
