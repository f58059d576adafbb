"""What ``apply`` reads before it decides: the file, the tenant, the file's people."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping

import click
from msgspec import UnsetType

from gatelodge.cli.desk import Desk
from gatelodge.cli.progress import progress
from gatelodge.hasher import Hasher
from gatelodge.login.relying_party import covers
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import DATABASE, DEFAULT_CONNECTION
from gatelodge.model.reads import (
    Account,
    FindAccount,
    FindPerson,
    ListAccounts,
    ListEveryFactor,
    ListIdentities,
)
from gatelodge.model.user import Person
from gatelodge.tenantfile import source
from gatelodge.tenantfile.accounts import Accounts, Key
from gatelodge.tenantfile.changes import Plan
from gatelodge.tenantfile.export import Belongings
from gatelodge.tenantfile.findings import FileMistake, Remarks
from gatelodge.tenantfile.plan import plan
from gatelodge.tenantfile.plan_users import key_of, known_key
from gatelodge.tenantfile.reading import TenantFile, read
from gatelodge.tenantfile.shapes import UserShape, given

_PAGE = 500
_FEW = 500


async def made(desk: Desk, raw: bytes, name: str, *, prune: bool) -> Plan:
    """The plan for this file.

    Raises:
        ClickException: naming every mistake with its line.
    """
    try:
        found = source.parse(raw, name, os.environ)
        remarks = Remarks(found.lines)
        wanted = read(found, remarks)
        _check_domain(wanted, desk.config.issuers, remarks)
        rows = await desk.rows()
        return plan(
            rows,
            wanted,
            await accounts(desk, rows, wanted, everybody=prune),
            entropy=desk.entropy,
            sealer=desk.sealer(),
            now=desk.clock.now(),
            remarks=remarks,
            pruning=prune,
        )
    except FileMistake as mistake:
        lines = "\n".join(f"{name}: {finding}" for finding in mistake.findings)
        raise click.ClickException(f"nothing was changed\n{lines}") from None


def _check_domain(
    wanted: TenantFile, issuers: tuple[str, ...], remarks: Remarks
) -> None:
    """Passkeys are of no use for a domain that none of our addresses is in.

    A server on this very machine may try another one's file; the doctor tells of it.
    """
    domain = given(wanted.tenant.passkey_rp_id, None) if wanted.tenant else None
    if all(one.startswith("http://") for one in issuers):
        return
    if domain is not None and not any(covers(domain, one) for one in issuers):
        text = (
            f"{domain!r} is neither the host of {issuers[0]} nor a parent domain of it"
        )
        remarks.refuse(("tenant", "passkey_rp_id"), text)


async def accounts(
    desk: Desk, rows: CatalogueRows, wanted: TenantFile, *, everybody: bool
) -> Accounts:
    """What storage knows of the people in the file; ``everybody`` for pruning."""
    people = wanted.users or ()
    deletes = everybody and (wanted.databases, wanted.users) != (None, None)
    if not people and not deletes:
        return Accounts()
    keys = _keys(people, rows)
    strangers = frozenset(
        one.id for one in rows.connections if one.strategy != DATABASE
    )
    if deletes or len(people) > _FEW:
        by_key = await _paged(desk, keys, strangers, everybody=deletes)
    else:
        by_key = await _one_by_one(desk, keys, strangers)
    return Accounts(
        by_key=by_key,
        owners=await _owners(desk, people, strangers),
        primaries=await _primaries(desk, people),
        fits=await _fits(desk, keys, by_key),
    )


async def belongings(desk: Desk, *, whole: bool) -> Belongings:
    """Who people are elsewhere; with ``whole`` their factors too."""
    held = Belongings()
    after = ("", "")
    while page := await desk.database.read(
        ListIdentities(connection_id=after[0], external_id=after[1], limit=_PAGE)
    ):
        for one in page:
            held.identities[one.user_id].append(one)
        after = (page[-1].connection_id, page[-1].external_id)
    last = ""
    while whole and (
        found := await desk.database.read(ListEveryFactor(after=last, limit=_PAGE))
    ):
        for factor in found:
            held.factors[factor.user_id].append(factor)
        last = found[-1].id
    return held


async def everyone(desk: Desk) -> AsyncIterator[Account]:
    """All accounts, page by page, in order of ``user_id``."""
    after = ""
    while page := await desk.database.read(ListAccounts(after=after, limit=_PAGE)):
        for account in page:
            yield account
        after = page[-1].person.user.user_id


def _keys(people: tuple[UserShape, ...], rows: CatalogueRows) -> dict[Key, UserShape]:
    """Accounts the file may mean; a database still to be made has none."""
    known = {one.name: one for one in rows.connections}
    own = [one.name for one in rows.connections if one.strategy == DATABASE]
    only = own[0] if len(own) == 1 else DEFAULT_CONNECTION
    fallback = DEFAULT_CONNECTION if DEFAULT_CONNECTION in known else only
    named = ((known.get(given(one.connection, fallback)), one) for one in people)
    return {key_of(shape, one): shape for one, shape in named if one is not None}


async def _paged(
    desk: Desk,
    keys: Mapping[Key, UserShape],
    strangers: frozenset[str],
    *,
    everybody: bool,
) -> dict[Key, Account]:
    found: dict[Key, Account] = {}
    async for account in everyone(desk):
        key = known_key(account.person.user, strangers)
        if everybody or key in keys:
            found[key] = account
    return found


async def _one_by_one(
    desk: Desk, keys: Mapping[Key, UserShape], strangers: frozenset[str]
) -> dict[Key, Account]:
    found: dict[Key, Account] = {}
    for key in keys:
        account = (
            await _elsewhere(desk, key[1])
            if key[0] in strangers
            else await _here(desk, key)
        )
        # An address can also be somebody's user name; only the address counts here.
        if account and known_key(account.person.user, strangers) == key:
            found[key] = account
    return found


async def _elsewhere(desk: Desk, own: str) -> Account | None:
    person = await desk.database.read(FindPerson(user_id=own))
    return Account(person=person) if person else None


async def _here(desk: Desk, key: Key) -> Account | None:
    """The account itself, also where it leads to another one."""
    question = FindAccount(connection_id=key[0], identifier=key[1])
    account = await desk.database.read(question)
    if account is None or account.linked is None:
        return account
    own = FindPerson(user_id=account.linked.user_id)
    person = await desk.database.read(own)
    return Account(person=person, password=account.password) if person else None


async def _owners(
    desk: Desk, people: tuple[UserShape, ...], strangers: frozenset[str]
) -> dict[str, Key]:
    found: dict[str, Key] = {}
    for own in {given(one.user_id, "") for one in people} - {""}:
        person = await desk.database.read(FindPerson(user_id=own))
        if person is not None:
            found[own] = known_key(person.user, strangers)
    return found


async def _primaries(desk: Desk, people: tuple[UserShape, ...]) -> dict[str, Person]:
    named = {given(one.linked_to, None) for one in people}
    found = [await desk.database.read(FindPerson(user_id=own)) for own in named if own]
    return {one.user.user_id: one for one in found if one is not None}


async def _fits(
    desk: Desk, keys: Mapping[Key, UserShape], by_key: Mapping[Key, Account]
) -> dict[Key, bool]:
    """Check each clear password against the hash in use; slow, on all cores."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    held = {
        key: (shape.password.reveal(), password.phc)
        for key, shape in keys.items()
        if key in by_key
        and (password := by_key[key].password) is not None
        and not isinstance(shape.password, UnsetType)
    }
    hashing = desk.config.hashing
    hasher = Hasher(memory=hashing.memory, passes=hashing.passes)
    found: dict[Key, bool] = {}
    loop = asyncio.get_running_loop()
    with (
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
        progress("Checking passwords", len(held)) as step,
    ):
        jobs = {
            key: loop.run_in_executor(pool, hasher.verify, typed, phc)
            for key, (typed, phc) in held.items()
        }
        for key, job in jobs.items():
            found[key] = await job
            step(1)
    return found
