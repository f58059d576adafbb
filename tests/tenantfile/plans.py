"""Plans against rows in memory, for the tests of this room."""

from __future__ import annotations

import random
import textwrap

import msgspec
import pytest

from gatelodge.base.seal import Sealer
from gatelodge.model import writes
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import DEFAULT_CONNECTION, Connection
from gatelodge.model.settings import Settings
from gatelodge.tenantfile.accounts import Accounts
from gatelodge.tenantfile.findings import FileMistake, Remarks
from gatelodge.tenantfile.plan import plan
from gatelodge.tenantfile.reading import read
from gatelodge.tenantfile.source import parse

NOW = 1_790_000_000_000
EMPTY = CatalogueRows(connections=(Connection(id="con_1", name=DEFAULT_CONNECTION),))


SEALER = Sealer((b"k" * 32,))


class ScriptedEntropy:
    """The same bytes in every run."""

    def __init__(self) -> None:
        self._random = random.Random(7)

    def draw(self, size: int) -> bytes:
        return self._random.randbytes(size)


def planned(text, rows=EMPTY, accounts=None, *, pruning=False, environ=None):
    """The plan for a file's text, margins removed."""
    raw = textwrap.dedent(text).encode()
    source = parse(raw, "tenant.yaml", environ or {})
    remarks = Remarks(source.lines)
    return plan(
        rows,
        read(source, remarks),
        accounts or Accounts(),
        entropy=ScriptedEntropy(),
        sealer=SEALER,
        now=NOW,
        remarks=remarks,
        pruning=pruning,
    )


def refused(text, rows=EMPTY, accounts=None, *, environ=None):
    """What the file is refused for, one text a mistake."""
    with pytest.raises(FileMistake) as caught:
        planned(text, rows, accounts, environ=environ)
    return [str(finding) for finding in caught.value.findings]


def written(plan, kind):
    """The writes of one type, in order."""
    return [
        write
        for change in plan.changes
        for write in change.writes
        if isinstance(write, kind)
    ]


def applied(rows, plan):
    """The rows after the plan's configuration was written."""
    kept = {
        "clients": {row.client_id: row for row in rows.clients},
        "secrets": {(row.client_id, row.secret_id): row for row in rows.secrets},
        "client_keys": {(row.client_id, row.kid): row for row in rows.client_keys},
        "apis": {row.id: row for row in rows.apis},
        "grants": {row.id: row for row in rows.grants},
        "connections": {row.id: row for row in rows.connections},
        "roles": {row.id: row for row in rows.roles},
    }
    settings = {}
    for change in plan.configuration:
        for write in change.writes:
            _put(kept, settings, write)
    lists = {name: tuple(found.values()) for name, found in kept.items()}
    changed = msgspec.to_builtins(rows.settings) | settings
    return CatalogueRows(
        version=rows.version + 1,
        settings=msgspec.convert(changed, type=Settings),
        **lists,
    )


_KEYS = {
    writes.PutClient: ("clients", lambda row: row.client_id),
    writes.PutClientSecret: ("secrets", lambda row: (row.client_id, row.secret_id)),
    writes.PutClientKey: ("client_keys", lambda row: (row.client_id, row.kid)),
    writes.PutApi: ("apis", lambda row: row.id),
    writes.PutGrant: ("grants", lambda row: row.id),
    writes.PutConnection: ("connections", lambda row: row.id),
    writes.PutRole: ("roles", lambda row: row.id),
}


def _put(kept, settings, write):
    if isinstance(write, writes.PutSetting):
        settings[write.key] = write.value
    elif type(write) in _KEYS:
        table, key = _KEYS[type(write)]
        (row,) = msgspec.structs.astuple(write)
        kept[table][key(row)] = row
    elif isinstance(write, writes.DeleteClientSecrets):
        own = [key for key in kept["secrets"] if key[0] == write.client_id]
        for key in own:
            del kept["secrets"][key]
