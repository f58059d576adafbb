"""``gatelodge keys``: signing keys and the master key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk, explained, load_config

if TYPE_CHECKING:
    from gatelodge.base.change import Write
    from gatelodge.model.catalogue import CatalogueRows


@click.group()
def keys() -> None:
    """Keys that sign tokens, and the master key that seals them."""


@keys.command("list")
@show.json_option
@click.pass_context
def list_keys(ctx: click.Context, as_json: bool) -> None:
    """List signing keys: next, current, previous, revoked."""
    rows = at_desk(ctx, lambda desk: desk.rows())
    found = sorted(rows.signing_keys, key=lambda key: (key.alg, -key.created_at))
    columns = ("kid", "alg", "state", "created_at", "changed_at")
    lines = [
        (
            key.kid,
            key.alg,
            key.state,
            show.moment(key.created_at),
            show.moment(key.changed_at),
        )
        for key in found
    ]
    if as_json:
        show.as_json([dict(zip(columns, line, strict=True)) for line in lines])
    else:
        show.rows(columns, lines)


@keys.command("rotate")
@click.option(
    "--alg",
    help="RS256, PS256, ES256, EdDSA, saml-signing or saml-encryption; without it,"
    " every one that signs tokens.",
)
@click.pass_context
def rotate(ctx: click.Context, alg: str | None) -> None:
    """Sign with the next key; the last one stays valid. Nobody is signed out."""
    done = at_desk(ctx, lambda desk: _rotate(desk, alg))
    click.echo(f"Rotated {', '.join(done)}. Old keys stay valid until revoked.")


@keys.command("revoke", context_settings=show.DASHED)
@click.argument("kid")
@show.yes_option
@click.pass_context
def revoke(ctx: click.Context, kid: str, yes: bool) -> None:
    """Withdraw a previous key; tokens it signed are refused from now on."""
    show.confirm(f"Revoke {kid}? Tokens signed by it become invalid.", yes=yes)
    at_desk(ctx, lambda desk: _revoke(desk, kid))
    click.echo("Revoked. APIs notice when they fetch the key set anew.")


@keys.command("master")
@click.option("--rotate", "in_file", is_flag=True, help="Put it first in the key file.")
@click.pass_context
def master(ctx: click.Context, in_file: bool) -> None:
    """Make a master key and print it, or put it in front of the old ones.

    Older keys still open what they sealed. Restart every node afterwards.
    """
    from gatelodge.base.encoding import b64url
    from gatelodge.base.seal import KEY_BYTES
    from gatelodge.config.master_key import master_keys, rotate_file
    from gatelodge.system import SystemEntropy

    entropy = SystemEntropy()
    fresh = entropy.draw(KEY_BYTES)
    if not in_file:
        click.echo(b64url(fresh))
        return
    with explained():
        config = load_config(ctx).config
        if config.master_key:
            raise click.ClickException("the key is set by master_key: change it there")
        master_keys(config, entropy)
        rotate_file(config.key_file, fresh)
    click.echo(f"{config.key_file} begins with a new key. Restart every node.")


async def _rotate(desk: Desk, alg: str | None) -> list[str]:
    from gatelodge.base.errors import Mistake
    from gatelodge.connections.saml.keys import KINDS
    from gatelodge.first_run import check_master_key
    from gatelodge.keys import rotate as rotated

    sealer = desk.sealer()
    done: list[str] = []

    def decide(rows: CatalogueRows, now: int) -> tuple[Write, ...]:
        check_master_key(rows, sealer)
        used = sorted({key.alg for key in rows.signing_keys if key.state == "current"})
        # SAML parties hold our certificates: these turn only when they are named.
        done[:] = [alg] if alg else [one for one in used if one not in KINDS]
        if alg and alg not in used:
            raise Mistake(f"no key signs {alg}; in use: {', '.join(used)}")
        made = (
            rotated(
                rows.signing_keys, one, sealer=sealer, entropy=desk.entropy, now=now
            )
            for one in done
        )
        return tuple(write for writes in made for write in writes)

    await _change(desk, decide, "Rotate signing keys", algorithms=done)
    return done


async def _revoke(desk: Desk, kid: str) -> None:
    from gatelodge.keys import revoke as revoked

    def decide(rows: CatalogueRows, now: int) -> tuple[Write, ...]:
        return revoked(rows.signing_keys, kid, now=now)

    await _change(desk, decide, "Revoke a signing key", kid=kid)


async def _change(
    desk: Desk,
    decide: Callable[[CatalogueRows, int], tuple[Write, ...]],
    description: str,
    **details: Any,
) -> None:
    """Decide on the version that is there; losing to somebody else changes nothing."""
    from gatelodge.first_run import seen_version

    rows, now = await desk.rows(), desk.clock.now()
    writes = decide(rows, now)
    guard = seen_version(rows.version, now=now)
    await desk.commit(guard, *writes, desk.log(description, **details))
