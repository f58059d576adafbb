"""``apply`` writes: configuration in one commit, people in groups."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import click

from gatelodge.base.change import Write
from gatelodge.cli.desk import Desk
from gatelodge.cli.progress import progress
from gatelodge.first_run import seen_version
from gatelodge.hasher import Hasher
from gatelodge.keys import missing_keys
from gatelodge.model.user import Password
from gatelodge.model.writes import BumpCatalogue, PutPassword
from gatelodge.tenantfile.changes import Change, Plan

GROUP = 100


async def commit(desk: Desk, plan: Plan) -> None:
    """Write the plan; what was written before a failure stays and is told.

    Raises:
        ClickException: somebody else changed the same things meanwhile.
    """
    await _configuration(desk, plan)
    await _people(desk, plan.people)


async def _configuration(desk: Desk, plan: Plan) -> None:
    if not plan.configuration:
        return
    now = desk.clock.now()
    keys = missing_keys(
        (await desk.rows()).signing_keys,
        plan.algorithms,
        sealer=desk.sealer(),
        entropy=desk.entropy,
        now=now,
    )
    writes = chain.from_iterable(change.writes for change in plan.configuration)
    everything = (
        seen_version(plan.version, now=now),
        *writes,
        *(write for write in keys if not isinstance(write, BumpCatalogue)),
        BumpCatalogue(),
    )
    if not await desk.database.commit(everything):
        raise click.ClickException(
            "nothing was changed: somebody else changed the configuration just now;"
            " run the same command again"
        )


async def _people(desk: Desk, people: Sequence[Change]) -> None:
    hashing = desk.config.hashing
    hasher = Hasher(memory=hashing.memory, passes=hashing.passes)
    with (
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
        progress("Writing people", len(people)) as step,
    ):
        for start in range(0, len(people), GROUP):
            group = people[start : start + GROUP]
            hashed = await _hashed(group, hasher, pool, now=desk.clock.now())
            if not await desk.database.commit(tuple(chain.from_iterable(hashed))):
                await _singly(desk, group, hashed, done=start)
            step(len(group))


async def _hashed(
    group: Sequence[Change], hasher: Hasher, pool: ThreadPoolExecutor, *, now: int
) -> list[tuple[Write, ...]]:
    """The writes of each change, its new password hashed."""
    loop = asyncio.get_running_loop()
    jobs = [
        loop.run_in_executor(pool, hasher.hash, one.password.reveal())
        if one.password
        else None
        for one in group
    ]
    found: list[tuple[Write, ...]] = []
    for change, job in zip(group, jobs, strict=True):
        writes = change.writes
        if job is not None:
            row = Password(user_id=change.user_id, phc=await job, changed_at=now)
            writes = (*writes, PutPassword(password=row))
        found.append(writes)
    return found


async def _singly(
    desk: Desk,
    group: Sequence[Change],
    hashed: Sequence[tuple[Write, ...]],
    *,
    done: int,
) -> None:
    """A group failed as a whole: write the others, and name who is in the way."""
    failed = [
        change.label
        for change, writes in zip(group, hashed, strict=True)
        if not await desk.database.commit(writes)
    ]
    if failed:
        raise click.ClickException(
            f"{done + len(group) - len(failed)} people were written, these were not:"
            f" {', '.join(failed)}\ntheir user id, user name, identity or passkey is"
            " taken, or they were changed meanwhile; look at them and run the same"
            " command again"
        )
