"""What a connection looks like on the sign-in page: its label and its mark."""

from __future__ import annotations

import msgspec

from gatelodge.connections.provider import party_of
from gatelodge.connections.saml.party import label_of
from gatelodge.model.connection import Connection


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A button; pages that do not know the mark show the label's first letter."""

    label: str
    mark: str


def face_of(connection: Connection) -> Face | None:
    """The button of a connection to another party; None for our own database."""
    party = party_of(connection)
    if party is not None:
        return Face(label=party.label, mark=party.icon)
    if connection.options.saml is not None:
        return Face(label=label_of(connection), mark="organisation")
    return None
