"""A plan while it is being made: what exists so far, and the changes recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gatelodge.base.change import Write
from gatelodge.base.entropy import Entropy
from gatelodge.base.ids import ENTITY_ID_BYTES, entity_id
from gatelodge.base.seal import NONCE_BYTES, Sealer
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.client import ClientGrant
from gatelodge.oauth.log import LOG_BYTES, Witness
from gatelodge.tenantfile.changes import Change, Kind, NewSecret, difference
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.rules import Reasons

AGENT: Final = "gatelodge apply"
_NOUNS: Final = {
    "tenant": "the tenant settings",
    "clients": "a client",
    "resourceServers": "a resource server",
    "clientGrants": "a client grant",
    "roles": "a role",
    "databases": "a connection",
    "connections": "a connection",
    "actions": "an action",
    "users": "a user",
}


class Draft:
    """Collects changes; looks names up in what exists once they are applied."""

    def __init__(
        self,
        rows: CatalogueRows,
        *,
        entropy: Entropy,
        sealer: Sealer,
        now: int,
        remarks: Remarks,
    ) -> None:
        self.rows = rows
        self.sealer = sealer
        self.entropy = entropy
        self.now = now
        self.remarks = remarks
        self.settings = rows.settings
        self.clients = {client.client_id: client for client in rows.clients}
        self.apis = {api.identifier: api for api in rows.apis}
        self.grants: dict[tuple[str, str, str], ClientGrant] = {
            (g.client_id, g.api_id, g.subject_type): g for g in rows.grants
        }
        self.roles = {role.name: role for role in rows.roles}
        self.connections = {one.name: one for one in rows.connections}
        self.configuration: list[Change] = []
        self.people: list[Change] = []
        self.secrets: list[NewSecret] = []

    def draw_id(self, prefix: str) -> str:
        """A fresh id such as ``rol_…``."""
        return entity_id(prefix, self.entropy.draw(ENTITY_ID_BYTES))

    def seal(self, text: str, *, purpose: str) -> str:
        """A secret that we must use again, sealed."""
        nonce = self.entropy.draw(NONCE_BYTES)
        return self.sealer.seal_text(text.encode(), purpose=purpose, nonce=nonce)

    def refuse_all(self, path: Path, reasons: Reasons) -> None:
        """Turn broken rules into mistakes at their fields."""
        for field, reason in reasons:
            self.remarks.refuse((*path, field), reason)

    def client_ids(self, reference: str) -> list[str]:
        """Clients meant by a client id, or else by a name."""
        if reference in self.clients:
            return [reference]
        return [c.client_id for c in self.clients.values() if c.name == reference]

    def client_id(self, reference: str, path: Path) -> str | None:
        """The one client meant; several or none is a mistake."""
        found = self.client_ids(reference)
        if len(found) == 1:
            return found[0]
        text = f"several clients are called {reference!r}: write the client_id"
        if not found:
            text = f"there is no client {reference!r}, by client_id or by name"
        self.remarks.refuse(path, text)
        return None

    def record(
        self,
        section: str,
        label: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        *,
        writes: Iterable[Write],
        client_id: str | None = None,
    ) -> None:
        """Add a change to the configuration, with its line in the log."""
        details = difference(before, after)
        if before is not None and after is not None and not details:
            return
        kind: Kind = (
            "create" if before is None else "delete" if after is None else "update"
        )
        shown = {one.field: [one.before, one.after] for one in details}
        line = self.line(section, kind, label, shown, client_id=client_id)
        self.configuration.append(
            Change(
                kind=kind,
                section=section,
                label=label,
                details=details,
                writes=(*writes, line),
            )
        )

    def line(
        self,
        section: str,
        kind: Kind,
        label: str,
        changes: Any,
        *,
        client_id: str | None = None,
        user_id: str | None = None,
    ) -> Write:
        """The log line of one administrative change (contract 3.12, ``sapi``)."""
        witness = Witness(
            at=self.now, ip="", agent=AGENT, raw=self.entropy.draw(LOG_BYTES)
        )
        removes_user = section == "users" and kind == "delete"
        return witness.line(
            "sdu" if removes_user else "sapi",
            client_id=client_id,
            user_id=user_id,
            description=f"{kind.capitalize()} {_NOUNS[section]}",
            name=label,
            changes=changes if kind != "delete" else None,
        )
