"""``gatelodge factors``: what a person proves themselves with besides a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk

if TYPE_CHECKING:
    from gatelodge.model.factor import Factor


@click.group()
def factors() -> None:
    """Second factors and passkeys of a person."""


@factors.command("list")
@click.argument("user")
@show.json_option
@click.pass_context
def list_factors(ctx: click.Context, user: str, as_json: bool) -> None:
    """List what USER has set up, oldest first."""
    found = at_desk(ctx, lambda desk: _listed(desk, user))
    if as_json:
        show.as_json(found)
        return
    columns = ("id", "kind", "name", "active", "created_at", "used_at")
    show.rows(columns, ([one[column] for column in columns] for one in found))


@factors.command("remove", context_settings=show.DASHED)
@click.argument("user")
@click.argument("factor", required=False)
@click.option("--all", "everything", is_flag=True, help="All of them instead.")
@click.pass_context
def remove(ctx: click.Context, user: str, factor: str | None, everything: bool) -> None:
    """Remove FACTOR of USER, for somebody who has lost it."""
    if (factor is None) != everything:
        raise click.UsageError("give either FACTOR or --all")
    gone = at_desk(ctx, lambda desk: _remove(desk, user, factor))
    click.echo(f"Removed {gone}.")


async def _listed(desk: Desk, typed: str) -> list[dict[str, Any]]:
    from gatelodge.model.reads import ListFactors

    own = (await desk.person(typed)).user.user_id
    found = await desk.database.read(ListFactors(user_id=own))
    return [_shown(one) for one in found]


def _shown(factor: Factor) -> dict[str, Any]:
    return {
        "id": factor.id,
        "kind": factor.kind,
        "name": factor.name,
        "active": factor.active,
        "created_at": show.moment(factor.created_at),
        "used_at": show.moment(factor.used_at),
    }


async def _remove(desk: Desk, typed: str, factor: str | None) -> int:
    from gatelodge.login.factors import changed
    from gatelodge.model.reads import ListFactors
    from gatelodge.model.writes import DeleteFactor

    own = (await desk.person(typed)).user.user_id
    held = await desk.database.read(ListFactors(user_id=own))
    going = [one for one in held if factor in (None, one.id)]
    if not going:
        raise click.ClickException(
            "there are none" if factor is None else f"there is no factor {factor!r}"
        )
    await desk.commit(
        *(DeleteFactor(id=one.id, user_id=own) for one in going),
        *changed(own, desk.clock.now()),
        desk.log("Remove factors", user_id=own, factors=[one.kind for one in going]),
    )
    return len(going)
