"""``gatelodge roles``: who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk

if TYPE_CHECKING:
    from gatelodge.model.catalogue import Catalogue
    from gatelodge.model.role import Role


@click.group()
def roles() -> None:
    """Roles and who has them; `gatelodge apply` defines them."""


@roles.command("list")
@show.json_option
@click.pass_context
def list_roles(ctx: click.Context, as_json: bool) -> None:
    """List roles."""
    catalogue = at_desk(ctx, lambda desk: desk.catalogue())
    found = [_shown(role, catalogue) for role in _sorted(catalogue)]
    if as_json:
        show.as_json(found)
        return
    show.rows(
        ("role", "description", "permissions"),
        ((one["name"], one["description"], len(one["permissions"])) for one in found),
    )


@roles.command("show")
@click.argument("role")
@show.json_option
@click.pass_context
def show_role(ctx: click.Context, role: str, as_json: bool) -> None:
    """Show one role and its permissions."""
    catalogue = at_desk(ctx, lambda desk: desk.catalogue())
    found = _shown(named(catalogue, role), catalogue)
    if as_json:
        show.as_json(found)
        return
    click.echo(f"{found['name']}  {found['description']}".rstrip())
    show.rows(
        ("permission", "API"),
        (
            (one["permission_name"], one["resource_server_identifier"])
            for one in found["permissions"]
        ),
    )


@roles.command("assign")
@click.argument("user")
@click.argument("role")
@click.pass_context
def assign(ctx: click.Context, user: str, role: str) -> None:
    """Give USER the role ROLE; tokens show it from the next exchange on."""
    at_desk(ctx, lambda desk: _change(desk, user, role, held=True))
    click.echo(f"{user} has the role {role}.")


@roles.command("unassign")
@click.argument("user")
@click.argument("role")
@click.pass_context
def unassign(ctx: click.Context, user: str, role: str) -> None:
    """Take the role ROLE from USER."""
    at_desk(ctx, lambda desk: _change(desk, user, role, held=False))
    click.echo(f"{user} does not have the role {role}.")


def named(catalogue: Catalogue, name: str) -> Role:
    """The role of this name, or a message that lists the roles there are."""
    found = next((r for r in catalogue.roles.values() if name in (r.name, r.id)), None)
    if found is None:
        known = ", ".join(role.name for role in _sorted(catalogue)) or "none"
        raise click.ClickException(f"there is no role {name!r}; there are: {known}")
    return found


async def _change(desk: Desk, typed: str, name: str, *, held: bool) -> None:
    from gatelodge.model.writes import AssignRole, UnassignRole

    role = named(await desk.catalogue(), name)
    own = (await desk.person(typed)).user.user_id
    now = desk.clock.now()
    write = (
        AssignRole(user_id=own, role_id=role.id, at=now)
        if held
        else UnassignRole(user_id=own, role_id=role.id)
    )
    text = "Assign a role" if held else "Unassign a role"
    await desk.commit(write, desk.log(text, user_id=own, role=role.name))


def _sorted(catalogue: Catalogue) -> list[Role]:
    return sorted(catalogue.roles.values(), key=lambda role: role.name)


def _shown(role: Role, catalogue: Catalogue) -> dict[str, Any]:
    from gatelodge.tenantfile.plan_access import permissions_to_file

    identifiers = {api.id: api.identifier for api in catalogue.apis.values()}
    return {
        "name": role.name,
        "description": role.description,
        "permissions": permissions_to_file(role.permissions, identifiers),
    }
