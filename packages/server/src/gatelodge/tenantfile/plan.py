"""From what is stored and what the file wants to the changes between them; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.entropy import Entropy
from gatelodge.base.seal import Sealer
from gatelodge.connections.saml.keys import KINDS
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import DATABASE
from gatelodge.model.settings import Settings
from gatelodge.model.writes import PutSetting
from gatelodge.tenantfile import (
    plan_access,
    plan_actions,
    plan_clients,
    plan_upstreams,
    plan_users,
    prune,
    settings,
)
from gatelodge.tenantfile.accounts import Accounts
from gatelodge.tenantfile.changes import Plan
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Remarks
from gatelodge.tenantfile.reading import TenantFile

DEFAULT_ALGORITHM: Final = "RS256"


def plan(
    rows: CatalogueRows,
    wanted: TenantFile,
    accounts: Accounts,
    *,
    entropy: Entropy,
    sealer: Sealer,
    now: int,
    remarks: Remarks,
    pruning: bool = False,
) -> Plan:
    """All changes that make the database say what the file says.

    Raises:
        FileMistake: with everything that may not be registered.
    """
    draft = Draft(rows, entropy=entropy, sealer=sealer, now=now, remarks=remarks)
    _plan_settings(wanted, draft, pruning=pruning)
    clients = plan_clients.plan(wanted.clients or (), draft)
    apis = plan_access.plan_apis(wanted.apis or (), draft)
    grants = plan_access.plan_grants(wanted.grants or (), draft)
    roles = plan_access.plan_roles(wanted.roles or (), draft)
    databases = plan_access.plan_databases(wanted.databases or (), draft)
    connections = plan_upstreams.plan(wanted.connections or (), draft)
    people = plan_users.plan(wanted.users or (), accounts, draft)
    if pruning:
        steps: dict[str, Callable[[], None]] = {
            "grants": lambda: prune.prune_grants(grants, draft),
            "clients": lambda: prune.prune_clients(clients, draft),
            "apis": lambda: prune.prune_apis(apis, draft),
            "roles": lambda: prune.prune_roles(roles, draft),
            "databases": lambda: prune.prune_databases(databases, accounts, draft),
            "connections": lambda: plan_upstreams.prune(connections, accounts, draft),
            "users": lambda: prune.prune_users(people, accounts, draft),
        }
        _prune(wanted, steps)
    _check_default_audience(draft)
    _check_default_directory(draft)
    remarks.stop_at_mistakes()
    return _finished(rows.version, draft, remarks)


def _prune(wanted: TenantFile, steps: Mapping[str, Callable[[], None]]) -> None:
    """Remove what is absent from the lists that the file has."""
    for name, step in steps.items():
        if getattr(wanted, name) is not None:
            step()


def _finished(version: int, draft: Draft, remarks: Remarks) -> Plan:
    return Plan(
        version=version,
        configuration=tuple(draft.configuration),
        people=tuple(draft.people),
        secrets=tuple(draft.secrets),
        warnings=tuple(remarks.warnings),
        algorithms=_algorithms(draft),
    )


def _plan_settings(wanted: TenantFile, draft: Draft, *, pruning: bool) -> None:
    before = draft.rows.settings
    after = settings.merge(
        wanted.tenant,
        wanted.branding,
        before,
        shields=wanted.attack_protection,
        remarks=draft.remarks,
    )
    draft.settings = after
    draft.record(
        "tenant",
        "settings",
        settings.to_file(before),
        settings.to_file(after),
        writes=_setting_writes(before, after, draft.now),
    )
    plan_actions.plan(wanted.actions, draft, pruning=pruning)


def _setting_writes(before: Settings, after: Settings, now: int) -> Iterator[Write]:
    for name in Settings.__struct_fields__:
        value = getattr(after, name)
        if value != getattr(before, name):
            yield PutSetting(key=name, value=msgspec.to_builtins(value), changed_at=now)


def _check_default_audience(draft: Draft) -> None:
    audience = draft.settings.default_audience
    if audience and audience not in draft.apis:
        text = f"there is no API {audience!r}: nobody could sign in"
        draft.remarks.refuse(("tenant", "default_audience"), text)


def _check_default_directory(draft: Draft) -> None:
    name = draft.settings.default_directory
    found = draft.connections.get(name) if name else None
    if name and (found is None or found.strategy != DATABASE):
        text = f"there is no database {name!r}: the password grant has nobody to ask"
        draft.remarks.refuse(("tenant", "default_directory"), text)


def _algorithms(draft: Draft) -> frozenset[str]:
    apis = {api.signing_alg for api in draft.apis.values()}
    ids = {client.options.id_token_alg for client in draft.clients.values()}
    speaks = any(one.options.saml for one in draft.connections.values()) or any(
        one.options.saml for one in draft.clients.values()
    )
    return frozenset({DEFAULT_ALGORITHM, *apis, *ids, *(KINDS if speaks else ())})
