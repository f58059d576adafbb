"""``gatelodge clients`` and ``gatelodge apis``: what is registered."""

from __future__ import annotations

import click

from gatelodge.cli import show
from gatelodge.cli.desk import at_desk


@click.group()
def clients() -> None:
    """Registered apps; `gatelodge apply` changes them."""


@click.group()
def apis() -> None:
    """Registered APIs; `gatelodge apply` changes them."""


@clients.command("list")
@show.json_option
@click.pass_context
def list_clients(ctx: click.Context, as_json: bool) -> None:
    """List clients."""
    from gatelodge.tenantfile.clients import to_file

    rows = at_desk(ctx, lambda desk: desk.rows())
    found = sorted(rows.clients, key=lambda client: client.name)
    if as_json:
        show.as_json([to_file(client) for client in found])
        return
    show.rows(
        ("name", "client id", "type", "authentication", "callbacks"),
        (
            (
                client.name,
                client.client_id,
                client.app_type,
                client.auth_method,
                client.redirect_uris,
            )
            for client in found
        ),
    )


@apis.command("list")
@show.json_option
@click.pass_context
def list_apis(ctx: click.Context, as_json: bool) -> None:
    """List APIs."""
    from gatelodge.tenantfile.apis import to_file

    rows = at_desk(ctx, lambda desk: desk.rows())
    found = sorted(rows.apis, key=lambda api: api.identifier)
    if as_json:
        show.as_json([to_file(api) for api in found])
        return
    show.rows(
        ("identifier", "name", "algorithm", "lifetime", "scopes"),
        (
            (
                api.identifier,
                api.name,
                api.signing_alg,
                f"{api.token_lifetime} s",
                api.scope_values,
            )
            for api in found
        ),
    )
