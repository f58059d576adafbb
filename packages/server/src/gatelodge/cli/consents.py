"""``gatelodge consents``: what people allowed apps to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk

if TYPE_CHECKING:
    from gatelodge.model.catalogue import Catalogue


@click.group()
def consents() -> None:
    """What a person allowed which app."""


@consents.command("list")
@click.argument("user")
@show.json_option
@click.pass_context
def list_consents(ctx: click.Context, user: str, as_json: bool) -> None:
    """List USER's consents."""
    found = at_desk(ctx, lambda desk: _listed(desk, user))
    if as_json:
        show.as_json(found)
        return
    columns = ("client", "client_id", "audience", "scopes", "given_at")
    show.rows(columns, ([one[column] for column in columns] for one in found))


@consents.command("revoke")
@click.argument("user")
@click.argument("client")
@click.argument("audience", required=False, default="")
@click.pass_context
def revoke(ctx: click.Context, user: str, client: str, audience: str) -> None:
    """Withdraw USER's consent for CLIENT at AUDIENCE; its refresh tokens end.

    CLIENT is a client id or a name. Without AUDIENCE: the consent that names none.
    """
    at_desk(ctx, lambda desk: _revoke(desk, user, client, audience))
    click.echo("Withdrawn; the refresh tokens given by it have ended.")


def client_named(catalogue: Catalogue, typed: str) -> str:
    """The client id meant by an id or a name."""
    if typed in catalogue.clients:
        return typed
    found = [one.client_id for one in catalogue.clients.values() if one.name == typed]
    if len(found) == 1:
        return found[0]
    if found:
        ids = "\n  ".join(found)
        raise click.ClickException(f"several clients are called {typed!r}:\n  {ids}")
    raise click.ClickException(f"there is no client {typed!r}, by id or by name")


async def _listed(desk: Desk, typed: str) -> list[dict[str, Any]]:
    from gatelodge.model.reads import ListConsents

    own = (await desk.person(typed)).user.user_id
    catalogue = await desk.catalogue()
    found = await desk.database.read(ListConsents(user_id=own))
    return [
        {
            "client": catalogue.clients[one.client_id].name
            if one.client_id in catalogue.clients
            else "-",
            "client_id": one.client_id,
            "audience": one.audience,
            "scopes": list(one.scopes),
            "given_at": show.moment(one.given_at),
        }
        for one in found
    ]


async def _revoke(desk: Desk, typed: str, client: str, audience: str) -> None:
    from gatelodge.model.reads import ListConsents
    from gatelodge.model.writes import (
        DeleteGrantCodes,
        EndGrantFamilies,
        WithdrawConsent,
    )

    own = (await desk.person(typed)).user.user_id
    client_id = client_named(await desk.catalogue(), client)
    held = await desk.database.read(ListConsents(user_id=own))
    given = [one.audience for one in held if one.client_id == client_id]
    if audience not in given:
        known = ", ".join(one or "(none)" for one in given) or "no audience at all"
        raise click.ClickException(
            f"there is no such consent; {typed} consented for {client} at: {known}"
        )
    now = desk.clock.now()
    grant = {"user_id": own, "client_id": client_id, "audience": audience}
    await desk.commit(
        WithdrawConsent(**grant),
        DeleteGrantCodes(**grant),
        EndGrantFamilies(**grant, at=now, reason="consent withdrawn"),
        desk.log(
            "Withdraw a consent", user_id=own, client_id=client_id, audience=audience
        ),
    )
