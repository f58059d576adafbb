"""Telling the apps of a session that it has ended, one by one (SAML Core §3.7).

A *round* goes from app to app in the person's browser. It says who is to be told, who
was asked and has answered, and where the person goes in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from gatelodge.base.encoding import digest_of
from gatelodge.model.client import Client
from gatelodge.model.saml import NameId, SamlApp, SamlSession

_NAME: Final = 40


class Stop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An app that is told; ``asked`` is our request, "" before it went out.

    ``ended`` is the app's answer: True where it says that its sessions have ended, None
    where it has said nothing.
    """

    client_id: str
    name_id: NameId
    indexes: tuple[str, ...]
    asked: str = ""
    ended: bool | None = None
    passed: bool = False

    @property
    def done(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.passed or self.ended is not None


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who waits for our answer to its own request: a client, or a connection."""

    party: str
    request_id: str
    relay_state: str = ""


class End(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a round leads: to a party that asked, or to an address.

    Attributes:
        app, provider: who asked.
        url: where the person wants to go; "" is our own page.
        federated: the session whose identity provider is asked to end its own first.
    """

    app: Asker | None = None
    provider: Asker | None = None
    url: str = ""
    federated: str = ""


class Round(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole round; in a frame, ``framed``, no browser is known by its cookie."""

    end: End
    stops: tuple[Stop, ...] = ()
    user_id: str = ""
    framed: bool = False

    @property
    def at(self) -> int:
        """The first stop that is not done; their number where all are."""
        waiting = (at for at, stop in enumerate(self.stops) if not stop.done)
        return next(waiting, len(self.stops))

    @property
    def here(self) -> Stop | None:
        """The app it is about now."""
        return self.stops[self.at] if self.at < len(self.stops) else None

    @property
    def partial(self) -> bool:
        """Whether an app has not said that its sessions ended."""
        return any(stop.ended is not True for stop in self.stops)

    def with_here(self, **changes: object) -> Round:
        """The same with the app of now changed."""
        at = self.at
        changed = msgspec.structs.replace(self.stops[at], **changes)
        stops = (*self.stops[:at], changed, *self.stops[at + 1 :])
        return msgspec.structs.replace(self, stops=stops)


def name_of(secret: str) -> str:
    """What a browser's round is called on its way: nobody gets to the secret by it."""
    return digest_of(f"saml round\x00{secret}")[:_NAME]


def resumed(stops: tuple[Stop, ...], before: Round | None) -> tuple[Stop, ...]:
    """The stops as an unfinished round of the same browser has left them.

    Somebody who came back from an app that never answered signs out once more: they
    find the way on, not that app again.
    """
    left = {_key(stop): stop for stop in before.stops} if before else {}
    return tuple(left.get(_key(stop), stop) for stop in stops)


def _key(stop: Stop) -> tuple[str, str, tuple[str, ...]]:
    return stop.client_id, stop.name_id.value, stop.indexes


def told_of_logout(client: Client | None) -> SamlApp | None:
    """The SAML side of an app that wants to be told, and can be."""
    saml = client.options.saml if client else None
    if saml is None or saml.logout_url is None or not saml.told_of_logout:
        return None
    return saml


def stops(
    rows: Iterable[SamlSession], clients: Mapping[str, Client], *, but: str = ""
) -> tuple[Stop, ...]:
    """The apps of these sessions in order of their ids; ``but`` knows already."""
    found: dict[tuple[str, str], list[SamlSession]] = {}
    for row in rows:
        if row.party != but and told_of_logout(clients.get(row.party)) is not None:
            found.setdefault((row.party, row.name_id.value), []).append(row)
    return tuple(
        Stop(
            client_id=party,
            name_id=shared[0].name_id,
            indexes=tuple(dict.fromkeys(row.session_index for row in shared)),
        )
        for (party, _), shared in sorted(found.items())
    )
