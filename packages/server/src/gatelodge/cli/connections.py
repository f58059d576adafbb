"""``gatelodge connections``: other parties that vouch for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk, load_config

if TYPE_CHECKING:
    from gatelodge.connections.saml.party import SamlParty
    from gatelodge.connections.saml.response import Vouching


@click.group()
def connections() -> None:
    """Other parties that vouch for people: social, OpenID, SAML."""


@connections.command("list")
@show.json_option
@click.pass_context
def list_connections(ctx: click.Context, as_json: bool) -> None:
    """List connections, in the order of their buttons."""
    found = at_desk(ctx, lambda desk: desk.catalogue()).connections
    columns = ("name", "strategy", "label", "domains")
    lines = [
        (
            one.name,
            one.strategy,
            one.options.display_name or "",
            ", ".join(one.options.domains),
        )
        for one in found
    ]
    if as_json:
        show.as_json([dict(zip(columns, line, strict=True)) for line in lines])
    else:
        show.rows(columns, lines)


@connections.command("metadata")
@click.argument("name")
@click.pass_context
def metadata(ctx: click.Context, name: str) -> None:
    """Print our SAML metadata for a connection, to give to its identity provider."""
    click.echo(at_desk(ctx, lambda desk: _ours(ctx, desk, name)))


@connections.command("preview")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@show.json_option
@click.pass_context
def preview(ctx: click.Context, name: str, file: Path, as_json: bool) -> None:
    """Show what a SAML response would make of its person; nobody signs in.

    FILE holds a response as XML or base64, as a browser's tools show it, or a JSON
    object of attribute names and values. Nothing of it is checked: signatures,
    times and audience do not matter here.
    """
    party = at_desk(ctx, lambda desk: _party(ctx, desk, name))
    lines = _mapped(party, file.read_bytes())
    columns = ("field", "attribute", "values")
    if as_json:
        show.as_json([dict(zip(columns, line, strict=True)) for line in lines])
    else:
        show.rows(columns, [(a, b, ", ".join(c)) for a, b, c in lines])


async def _party(ctx: click.Context, desk: Desk, name: str) -> SamlParty:
    from gatelodge.connections.saml.party import saml_party

    catalogue = await desk.catalogue()
    issuer = load_config(ctx).config.issuer_url
    party = saml_party(catalogue.connection(name), issuer)
    if party is None:
        raise click.ClickException(f"there is no SAML connection {name!r}")
    return party


async def _ours(ctx: click.Context, desk: Desk, name: str) -> str:
    from gatelodge.connections.saml import metadata as rules
    from gatelodge.keys import Keyring

    party = await _party(ctx, desk, name)
    rows = await desk.rows()
    return rules.ours(party, Keyring(rows.signing_keys, desk.sealer()).saml).decode()


def _mapped(party: SamlParty, raw: bytes) -> list[tuple[str, str, list[str]]]:
    from gatelodge.connections.saml import attributes

    found = attributes.mapped(_shown(raw), party)
    return [(one.field, one.attribute, list(one.values)) for one in found]


def _shown(raw: bytes) -> Vouching:
    """What the file says, believed for once."""
    import base64
    import binascii
    import contextlib

    import msgspec

    from gatelodge.base.errors import UpstreamRefusal
    from gatelodge.connections.saml.response import unchecked, vouched_by

    text = raw.strip()
    if text.startswith(b"{"):
        try:
            return vouched_by(
                msgspec.json.decode(text, type=dict[str, str | list[str]])
            )
        except msgspec.DecodeError as error:
            raise click.ClickException(f"not attributes as JSON: {error}") from None
    if not text.startswith(b"<"):
        with contextlib.suppress(binascii.Error, ValueError):
            text = base64.b64decode(b"".join(text.split()), validate=True)
    try:
        return unchecked(text)
    except UpstreamRefusal as refusal:
        raise click.ClickException(f"not a response: {refusal.because}") from None
