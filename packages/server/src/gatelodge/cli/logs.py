"""``gatelodge logs``: the tenant log, newest last, as it goes on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk

if TYPE_CHECKING:
    from gatelodge.model.log import LogLine

_POLL_SECONDS = 1.0
_PAGE = 500


@click.command()
@click.option("--type", "kind", metavar="CODE", default="", help="Such as f or ferrt.")
@click.option("--user", metavar="USER", help="Lines about one person.")
@click.option("--limit", default=50, show_default=True, help="How many to begin with.")
@click.option("--follow", "-f", is_flag=True, help="Go on until stopped.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def logs(
    ctx: click.Context,
    kind: str,
    user: str | None,
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """Print the newest lines of the tenant log, oldest first."""

    async def work(desk: Desk) -> None:
        own = (await desk.person(user)).user.user_id if user else ""
        last = await _tail(desk, kind, own, limit=max(0, limit), as_json=as_json)
        if follow:
            await _follow(desk, kind, own, last=last, as_json=as_json)

    with contextlib.suppress(KeyboardInterrupt):  # stopping is how --follow ends
        at_desk(ctx, work)


async def _tail(desk: Desk, kind: str, own: str, *, limit: int, as_json: bool) -> str:
    from gatelodge.model.reads import TailLog

    question = TailLog(type=kind, user_id=own, limit=max(1, limit))
    found = await desk.database.read(question)
    for line in reversed(found[:limit]):
        _print(line, as_json=as_json)
    return found[0].id if found else ""


async def _follow(desk: Desk, kind: str, own: str, *, last: str, as_json: bool) -> None:
    """Bounded only by the operator, who stops it."""
    import asyncio

    from gatelodge.model.reads import ListLog

    while True:
        question = ListLog(after=last, type=kind, user_id=own, limit=_PAGE)
        found = await desk.database.read(question)
        for line in found:
            _print(line, as_json=as_json)
            last = line.id
        if len(found) < _PAGE:
            await asyncio.sleep(_POLL_SECONDS)


def _print(line: LogLine, *, as_json: bool) -> None:
    if as_json:
        show.as_json(_shown(line), line=True)
        return
    from gatelodge.base.text import printable

    subject = " ".join(part for part in (line.user_id, line.client_id) if part)
    text = str(line.details.get("description", ""))
    parts = (show.moment(line.at), f"{line.type:<8}", line.ip, subject, text)
    click.echo(printable("  ".join(part for part in parts if part), 400))


def _shown(line: LogLine) -> dict[str, Any]:
    return {
        "log_id": line.id,
        "date": show.moment(line.at),
        "type": line.type,
        "client_id": line.client_id,
        "user_id": line.user_id,
        "connection_id": line.connection_id,
        "ip": line.ip,
        "user_agent": line.agent,
        "details": line.details,
    }
