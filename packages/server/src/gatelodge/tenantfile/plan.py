"""From what is stored and what the file wants to the changes between them; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.entropy import Entropy
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.settings import Settings
from gatelodge.model.writes import PutSetting
from gatelodge.tenantfile import (
    plan_access,
    plan_clients,
    plan_users,
    prune,
    settings,
)
from gatelodge.tenantfile.changes import Plan
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Remarks
from gatelodge.tenantfile.plan_users import Accounts
from gatelodge.tenantfile.reading import TenantFile

DEFAULT_ALGORITHM: Final = "RS256"


def plan(
    rows: CatalogueRows,
    wanted: TenantFile,
    accounts: Accounts,
    *,
    entropy: Entropy,
    now: int,
    remarks: Remarks,
    pruning: bool = False,
) -> Plan:
    """All changes that make the database say what the file says.

    Raises:
        FileMistake: with everything that may not be registered.
    """
    draft = Draft(rows, entropy=entropy, now=now, remarks=remarks)
    _plan_settings(wanted, draft)
    clients = plan_clients.plan(wanted.clients or (), draft)
    apis = plan_access.plan_apis(wanted.apis or (), draft)
    grants = plan_access.plan_grants(wanted.grants or (), draft)
    roles = plan_access.plan_roles(wanted.roles or (), draft)
    databases = plan_access.plan_databases(wanted.databases or (), draft)
    people = plan_users.plan(wanted.users or (), accounts, draft)
    steps: tuple[tuple[object, Callable[[], None]], ...] = (
        (wanted.grants, lambda: prune.prune_grants(grants, draft)),
        (wanted.clients, lambda: prune.prune_clients(clients, draft)),
        (wanted.apis, lambda: prune.prune_apis(apis, draft)),
        (wanted.roles, lambda: prune.prune_roles(roles, draft)),
        (wanted.databases, lambda: prune.prune_databases(databases, accounts, draft)),
        (wanted.users, lambda: prune.prune_users(people, accounts, draft)),
    )
    for listed, step in steps if pruning else ():
        if listed is not None:
            step()
    _check_default_audience(draft)
    remarks.stop_at_mistakes()
    return Plan(
        version=rows.version,
        configuration=tuple(draft.configuration),
        people=tuple(draft.people),
        secrets=tuple(draft.secrets),
        warnings=tuple(remarks.warnings),
        algorithms=_algorithms(draft),
    )


def _plan_settings(wanted: TenantFile, draft: Draft) -> None:
    before = draft.rows.settings
    after = settings.merge(
        wanted.tenant, wanted.branding, before, remarks=draft.remarks
    )
    draft.settings = after
    draft.record(
        "tenant",
        "settings",
        settings.to_file(before),
        settings.to_file(after),
        writes=_setting_writes(before, after, draft.now),
    )


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


def _algorithms(draft: Draft) -> frozenset[str]:
    apis = {api.signing_alg for api in draft.apis.values()}
    ids = {client.options.id_token_alg for client in draft.clients.values()}
    return frozenset({DEFAULT_ALGORITHM} | apis | ids)
