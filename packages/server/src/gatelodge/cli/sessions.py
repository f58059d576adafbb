"""``gatelodge sessions``: signed-in browsers, and the tokens that hang on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk

if TYPE_CHECKING:
    from gatelodge.model.session import Session


@click.group()
def sessions() -> None:
    """Signed-in browsers of a person."""


@sessions.command("list")
@click.argument("user")
@click.option("--all", "ended", is_flag=True, help="Ended ones too.")
@show.json_option
@click.pass_context
def list_sessions(ctx: click.Context, user: str, ended: bool, as_json: bool) -> None:
    """List USER's sessions, newest first."""
    found = at_desk(ctx, lambda desk: _listed(desk, user, ended=ended))
    if as_json:
        show.as_json(found)
        return
    columns = ("sid", "alive", "created_at", "touched_at", "idle_until", "ip", "agent")
    show.rows(columns, ([one[column] for column in columns] for one in found))


@sessions.command("revoke", context_settings=show.DASHED)
@click.argument("sid", required=False)
@click.option("--user", metavar="USER", help="All sessions of this person instead.")
@click.option(
    "--keep-refresh-tokens",
    is_flag=True,
    help="Sign the browser out only; apps stay signed in.",
)
@click.pass_context
def revoke(
    ctx: click.Context, sid: str | None, user: str | None, keep_refresh_tokens: bool
) -> None:
    """End the session SID, or all of a person's, with the refresh tokens they gave."""
    if (sid is None) == (user is None):
        raise click.UsageError("give either SID or --user USER")
    if sid is not None:
        at_desk(ctx, lambda desk: _revoke_one(desk, sid, keep=keep_refresh_tokens))
    else:
        at_desk(
            ctx, lambda desk: _revoke_all(desk, user or "", keep=keep_refresh_tokens)
        )
    click.echo("Revoked.")


async def _listed(desk: Desk, typed: str, *, ended: bool) -> list[dict[str, Any]]:
    from gatelodge.model.reads import ListSessions

    own = (await desk.person(typed)).user.user_id
    now = desk.clock.now()
    found = await desk.database.read(ListSessions(user_id=own))
    return [_shown(one, now) for one in found if ended or one.alive(now)]


def _shown(session: Session, now: int) -> dict[str, Any]:
    return {
        "sid": session.sid,
        "alive": session.alive(now),
        "created_at": show.moment(session.created_at),
        "touched_at": show.moment(session.touched_at),
        "idle_until": show.moment(session.idle_until),
        "ends_at": show.moment(session.ends_at),
        "ip": session.ip,
        "agent": session.agent,
    }


async def _revoke_one(desk: Desk, sid: str, *, keep: bool) -> None:
    from gatelodge.model.reads import FindSid
    from gatelodge.model.writes import EndSession, EndSessionFamilies

    found = await desk.database.read(FindSid(sid=sid))
    if found is None:
        raise click.ClickException(f"there is no session {sid!r}")
    own, now = found.session.user_id, desk.clock.now()
    families = EndSessionFamilies(
        user_id=own, sid=sid, at=now, reason="session revoked"
    )
    await desk.commit(
        EndSession(sid=sid, at=now),
        *(() if keep else (families,)),
        desk.log("Revoke a session", user_id=own, session_id=sid),
    )


async def _revoke_all(desk: Desk, typed: str, *, keep: bool) -> None:
    from gatelodge.model.writes import EndUserSessions
    from gatelodge.tenantfile.person_writes import signed_out

    own = (await desk.person(typed)).user.user_id
    now = desk.clock.now()
    writes = (
        (EndUserSessions(user_id=own, at=now),)
        if keep
        else signed_out(own, "sessions revoked", now=now)
    )
    await desk.commit(*writes, desk.log("Revoke all sessions", user_id=own))
