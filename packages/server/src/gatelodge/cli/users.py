"""``gatelodge users``: accounts, looked at and changed one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk

if TYPE_CHECKING:
    from gatelodge.model.reads import Way
    from gatelodge.model.user import User


@click.group()
def users() -> None:
    """People's accounts. USER is a user id or an e-mail address."""


@users.command("list")
@click.option("--limit", default=100, show_default=True, help="At most so many.")
@click.option("--after", metavar="USER_ID", default="", help="Those after this id.")
@show.json_option
@click.pass_context
def list_users(ctx: click.Context, limit: int, after: str, as_json: bool) -> None:
    """List accounts in order of user id."""
    from gatelodge.model.reads import ListAccounts

    question = ListAccounts(after=after, limit=max(1, limit))
    found = at_desk(ctx, lambda desk: desk.database.read(question))
    people = [
        account.person.user for account in found if not account.person.user.linked_to
    ]
    if as_json:
        show.as_json([_brief(user) for user in people])
        return
    show.rows(
        ("user id", "e-mail", "name", "verified", "blocked", "last login"),
        (
            (
                user.user_id,
                user.email,
                user.name,
                user.email_verified_at is not None,
                user.blocked_at is not None,
                show.moment(user.last_login_at),
            )
            for user in people
        ),
    )


@users.command("show")
@click.argument("user")
@show.json_option
@click.pass_context
def show_user(ctx: click.Context, user: str, as_json: bool) -> None:
    """Show one account: profile, roles, permissions, what is signed in."""
    found = at_desk(ctx, lambda desk: _shown(desk, user))
    if as_json:
        show.as_json(found)
    else:
        show.pairs(found.items())


@users.command("create")
@click.argument("email")
@click.option("--connection", metavar="NAME", help="The user database.")
@click.option("--name", help="Full name.")
@click.option("--username", help="User name, where the database asks for one.")
@click.option("--role", "roles", multiple=True, help="Role by name; may be repeated.")
@click.option("--verified", is_flag=True, help="The address is known to be theirs.")
@click.option("--no-password", is_flag=True, help="They will set one by e-mail.")
@click.pass_context
def create_user(
    ctx: click.Context,
    email: str,
    connection: str | None,
    name: str | None,
    username: str | None,
    roles: tuple[str, ...],
    verified: bool,
    no_password: bool,
) -> None:
    """Create an account; the password is asked for, or read from standard input."""
    from gatelodge.cli.password import read_password

    said: dict[str, Any] = {"email": email, "email_verified": verified}
    named = {"connection": connection, "name": name, "username": username}
    said.update({field: text for field, text in named.items() if text})
    if roles:
        said["roles"] = list(roles)
    if not no_password:
        said["password"] = read_password()
    click.echo(at_desk(ctx, lambda desk: _create(desk, said)))


@users.command("set-password")
@click.argument("user")
@click.pass_context
def set_password(ctx: click.Context, user: str) -> None:
    """Set a password, asked for or read from standard input; ends all sessions."""
    from gatelodge.cli.password import read_password

    at_desk(ctx, lambda desk: _set_password(desk, user, read_password))
    click.echo("The password is set; their sessions have ended.")


@users.command("block")
@click.argument("user")
@click.pass_context
def block(ctx: click.Context, user: str) -> None:
    """Refuse an account; its sessions and refresh tokens end."""
    at_desk(ctx, lambda desk: _block(desk, user, blocked=True))
    click.echo("Blocked; their sessions and refresh tokens have ended.")


@users.command("unblock")
@click.argument("user")
@click.pass_context
def unblock(ctx: click.Context, user: str) -> None:
    """Let a blocked account sign in again, whoever or whatever blocked it."""
    at_desk(ctx, lambda desk: _block(desk, user, blocked=False))
    click.echo("Unblocked.")


@users.command("forgive")
@click.argument("user")
@click.pass_context
def forgive(ctx: click.Context, user: str) -> None:
    """Give back all tries to an account that saw too many wrong passwords."""
    at_desk(ctx, lambda desk: _forgive(desk, user))
    click.echo("Forgiven.")


@users.command("verify")
@click.argument("user")
@click.pass_context
def verify(ctx: click.Context, user: str) -> None:
    """Say that the e-mail address is theirs."""
    at_desk(ctx, lambda desk: _verify(desk, user))
    click.echo("The address counts as verified.")


@users.command("link")
@click.argument("primary")
@click.argument("secondary")
@click.pass_context
def link(ctx: click.Context, primary: str, secondary: str) -> None:
    """Make account SECONDARY part of PRIMARY: both ways in lead to PRIMARY.

    SECONDARY's sessions end; its roles and metadata stay behind until it is unlinked.
    """
    at_desk(ctx, lambda desk: _link(desk, primary, secondary))
    click.echo("Linked: who signs in by either account is now the same person.")


@users.command("unlink")
@click.argument("primary")
@click.argument("secondary")
@click.pass_context
def unlink(ctx: click.Context, primary: str, secondary: str) -> None:
    """Make account SECONDARY an account of its own again."""
    at_desk(ctx, lambda desk: _unlink(desk, primary, secondary))
    click.echo("Unlinked: it is an account of its own again.")


@users.command("delete")
@click.argument("user")
@show.yes_option
@click.pass_context
def delete(ctx: click.Context, user: str, yes: bool) -> None:
    """Delete an account with its sessions, tokens and consents."""
    show.confirm(f"Delete {user}? This cannot be undone.", yes=yes)
    at_desk(ctx, lambda desk: _delete(desk, user))
    click.echo("Deleted.")


def _brief(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "email": user.email,
        "name": user.name,
        "email_verified": user.email_verified_at is not None,
        "blocked": user.blocked_at is not None,
        "last_login": show.moment(user.last_login_at),
    }


async def _shown(desk: Desk, typed: str) -> dict[str, Any]:
    from gatelodge.model.reads import (
        ListConsents,
        ListFactors,
        ListFamilies,
        ListSessions,
        ListWays,
    )
    from gatelodge.tenantfile.plan_users import person_to_file
    from gatelodge.tenantfile.users import history_to_file

    person = await desk.person(typed)
    own, now = person.user.user_id, desk.clock.now()
    rows = await desk.rows()
    connections = {one.id: one.name for one in rows.connections}
    shown = person_to_file(
        person,
        connections.get(person.user.connection_id, "-"),
        {api.id: api.identifier for api in rows.apis},
        {role.id: role.name for role in rows.roles},
    )
    sessions = await desk.database.read(ListSessions(user_id=own))
    families = await desk.database.read(ListFamilies(user_id=own))
    consents = await desk.database.read(ListConsents(user_id=own))
    factors = await desk.database.read(ListFactors(user_id=own))
    ways = await desk.database.read(ListWays(user_id=own))
    return {
        **shown,
        **history_to_file(person.user),
        **_linked(person.user, ways, connections),
        "sessions": sum(one.alive(now) for one in sessions),
        "refresh_tokens": sum(one.revoked_at is None for one in families),
        "consents": len(consents),
        "passkeys": sum(one.kind == "passkey" for one in factors),
    }


def _linked(
    user: User, ways: tuple[Way, ...], connections: dict[str, str]
) -> dict[str, Any]:
    return {
        "identities": [
            {
                "connection": connections.get(way.user.connection_id, "-"),
                "user_id": way.user.user_id,
            }
            for way in ways
        ],
        "linked_to": user.linked_to,
        "deleted_at": show.moment(user.leaving_at),
    }


async def _create(desk: Desk, said: dict[str, Any]) -> str:
    from gatelodge.cli import apply_commit, apply_plan
    from gatelodge.tenantfile.findings import FileMistake, Remarks
    from gatelodge.tenantfile.plan import plan
    from gatelodge.tenantfile.reading import read
    from gatelodge.tenantfile.source import Source

    remarks = Remarks({})
    try:
        wanted = read(Source({"users": [said]}, {}), remarks)
        rows = await desk.rows()
        known = await apply_plan.accounts(desk, rows, wanted, everybody=False)
        if known.by_key:
            raise click.ClickException(f"{said['email']} has an account already")
        made = plan(
            rows,
            wanted,
            known,
            entropy=desk.entropy,
            sealer=desk.sealer(),
            now=desk.clock.now(),
            remarks=remarks,
        )
    except FileMistake as mistake:
        texts = "\n".join(finding.text for finding in mistake.findings)
        raise click.ClickException(texts) from None
    await apply_commit.commit(desk, made)
    return made.people[0].user_id


async def _set_password(desk: Desk, typed: str, ask: Any) -> None:
    from gatelodge.hasher import Hasher
    from gatelodge.model.reads import ListWays
    from gatelodge.model.user import Password
    from gatelodge.model.writes import PutPassword
    from gatelodge.tenantfile.person_writes import after_password

    person = await desk.person(typed)
    ways = await desk.database.read(ListWays(user_id=person.user.user_id))
    # Of accounts that are one, the one that has a password is meant.
    user = next((way.user for way in ways if way.password_at), person.user)
    own, now = user.user_id, desk.clock.now()
    hashing = desk.config.hashing
    phc = Hasher(memory=hashing.memory, passes=hashing.passes).hash(ask())
    settings = (await desk.rows()).settings
    await desk.commit(
        PutPassword(password=Password(user_id=own, phc=phc, changed_at=now)),
        *after_password(user, settings, now=now),
        desk.log("Set a password", user_id=own),
    )


async def _block(desk: Desk, typed: str, *, blocked: bool) -> None:
    from gatelodge.model.writes import BlockUser, ForgiveSubject
    from gatelodge.tenantfile.person_writes import signed_out

    person = await desk.person(typed)
    own, now = person.user.user_id, desk.clock.now()
    at = (person.user.blocked_at or now) if blocked else None
    ends = signed_out(own, "user blocked", now=now) if blocked else ()
    await desk.commit(
        BlockUser(user_id=own, blocked_at=at, updated_at=now),
        *ends,
        *(() if blocked else (ForgiveSubject(subject=own),)),
        desk.log("Block a user" if blocked else "Unblock a user", user_id=own),
    )


async def _forgive(desk: Desk, typed: str) -> None:
    from gatelodge.model.reads import ListWays
    from gatelodge.model.writes import ForgiveSubject

    own = (await desk.person(typed)).user.user_id
    ways = await desk.database.read(ListWays(user_id=own))
    await desk.commit(
        *(ForgiveSubject(subject=way.user.user_id) for way in ways),
        desk.log("Forgive wrong passwords", user_id=own),
    )


async def _verify(desk: Desk, typed: str) -> None:
    from gatelodge.model.writes import VerifyEmail

    user = (await desk.person(typed)).user
    await desk.commit(
        VerifyEmail(
            user_id=user.user_id, email_key=user.email_key, at=desk.clock.now()
        ),
        desk.log("Verify an e-mail address", user_id=user.user_id),
    )


async def _link(desk: Desk, typed: str, other: str) -> None:
    from gatelodge.base.errors import AccountRefusal
    from gatelodge.login import linking
    from gatelodge.model.reads import ListWays

    primary = (await desk.person(typed)).user
    part = (await desk.person(other)).user
    ways = await desk.database.read(ListWays(user_id=part.user_id))
    try:
        writes = linking.link(
            primary, ways, because="by an administrator", witness=desk.witness()
        )
    except AccountRefusal as refusal:
        raise click.ClickException(refusal.says) from None
    await desk.commit(*writes)


async def _unlink(desk: Desk, typed: str, other: str) -> None:
    from gatelodge.base.errors import AccountRefusal
    from gatelodge.login import linking
    from gatelodge.model.reads import ListFactors, ListWays

    own = (await desk.person(typed)).user.user_id
    ways = await desk.database.read(ListWays(user_id=own))
    named = (
        w.user.user_id for w in ways[1:] if other in (w.user.user_id, w.user.email)
    )
    try:
        writes = linking.unlink(
            ways,
            next(named, other),
            factors=await desk.database.read(ListFactors(user_id=own)),
            catalogue=await desk.catalogue(),
            witness=desk.witness(),
        )
    except AccountRefusal as refusal:
        raise click.ClickException(refusal.says) from None
    await desk.commit(*writes)


async def _delete(desk: Desk, typed: str) -> None:
    from gatelodge.tenantfile.person_writes import deletion

    own = (await desk.person(typed)).user.user_id
    await desk.commit(
        *deletion(own), desk.log("Delete a user", kind="sdu", user_id=own)
    )
