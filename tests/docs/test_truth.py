"""Tables and names of the pages against the code that they speak about."""

from __future__ import annotations

import re

import click
import msgspec
import pytest
import yaml

from gatelodge.base import errors
from gatelodge.cli.main import cli
from gatelodge.model.client import RefreshPolicy
from gatelodge.oauth import token_claims
from gatelodge.tenantfile import shapes
from gatelodge.tenantfile.action_shape import ActionShape
from gatelodge.tenantfile.database_shapes import DatabaseShape
from tests.docs.pages import PAGES, ROOT, all_fences, block, prose
from tests.interop import wire
from tests.rules import world

SOURCES = (ROOT / "packages/server/src/gatelodge", ROOT)
SECTIONS = {
    "clients": shapes.ClientShape,
    "resourceServers": shapes.ApiShape,
    "clientGrants": shapes.GrantShape,
    "roles": shapes.RoleShape,
    "databases": DatabaseShape,
    "actions": ActionShape,
    "users": shapes.UserShape,
}
# Only `export --hashes` writes the one, and only Auth0 runs the other.
UNTOLD = {"client_secret_digest", "code"}
APPS = ("docs/apps/android.md", "docs/apps/ios.md")
HERE = {
    "com.example.app": "com.example.timesheets",
    "${domain}": "login.example.com",
    "${host}": "login.example.com",
}


def test_statuses_are_those_of_the_code():
    told = {
        code: (int(rfc), int(auth0))
        for code, rfc, auth0 in re.findall(
            r"^\| `(\w+)` \| (\d+) \| (\d+) \|$",
            _page("docs/differences.md"),
            re.MULTILINE,
        )
    }
    kinds = errors.ProtocolRefusal.__subclasses__()
    real = {kind.code: (kind.rfc, kind.auth0) for kind in kinds}
    assert told.items() <= real.items()
    assert {real[code] for code in real.keys() - told.keys()} == {(400, 400)}


def test_defaults_of_refresh_are_those_of_the_code():
    told = re.search(r"refresh_token:\n((?: {6}.*\n)+)", _page("docs/refresh.md"))
    assert told is not None
    said = dict(re.findall(r"(\w+): ([\w-]+)", told[1]))
    policy = RefreshPolicy()
    assert said == {
        "rotation_type": "rotating" if policy.rotating else "non-rotating",
        "expiration_type": "expiring" if policy.expiring else "non-expiring",
        "leeway": str(policy.overlap),
        "token_lifetime": str(policy.lifetime),
        "idle_token_lifetime": str(policy.idle_lifetime),
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_of_the_tenant_file_is_told(section):
    row = _row(_page("docs/tenant-file.md"), section)
    told = set(re.findall(r"`([A-Za-z_]+)`", row))
    shape = SECTIONS[section]
    fields = {one.encode_name for one in msgspec.structs.fields(shape)}
    assert fields - told - UNTOLD == set()


def test_places_of_claim_templates_hold_something():
    page = _page("docs/claim-templates.md").partition("| place |")[2]
    places = re.findall(r"`((?:user|client)\.[\w.]+)[.…`]", page.partition("\n\n")[0])
    context = token_claims.template_context(_full_subject())
    assert len(places) > 15
    assert [one for one in places if _looked_up(one, context) is None] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
def test_commands_in_the_text_exist(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(
        r"(?:`|^)gatelodge ((?:[a-z][a-z-]+ ?)+)([^`\n]*)", text, re.MULTILINE
    )
    assert [f"{words}{rest}" for words, rest in named if not _known(words, rest)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda one: str(one.relative_to(ROOT)))
def test_files_in_the_text_exist(page):
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", prose(page))
    lost = [one for one in named if not any((s / one).exists() for s in SOURCES)]
    assert [one for one in lost if not _elsewhere(one)] == []


@pytest.mark.parametrize("page", APPS)
def test_registered_callbacks_are_those_the_sdks_send(page):
    """By the SDK's own rule; https in place of the private-use scheme is its option."""
    snippets = [one for one in all_fences() if str(one.page.relative_to(ROOT)) == page]
    asked = {
        name
        for one in snippets
        for name in one.info.get("wire", "").split(",")
        if name.endswith(("-authorize", "-logout"))
    }
    assert len(asked) > 1
    (client,) = yaml.safe_load(block(page, "yaml"))["clients"]
    for name in asked:
        sent = wire.load(name).request["query"]
        lists = {
            "redirect_uri": client["callbacks"],
            "returnTo": client["allowed_logout_urls"],
            "post_logout_redirect_uri": client["allowed_logout_urls"],
        }
        for field in lists.keys() & sent.keys():
            assert _here(sent[field]) & set(lists[field]), (name, field)


def _here(uri: str) -> set[str]:
    for theirs, ours in HERE.items():
        uri = uri.replace(theirs, ours)
    return {uri, uri.replace("com.example.timesheets://", "https://")}


def _page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _row(page: str, name: str) -> str:
    start = f"| `{name}` |"
    return next(line for line in page.splitlines() if line.startswith(start))


def _full_subject() -> token_claims.Subject:
    known = {
        "name": "Ada",
        "given_name": "Ada",
        "family_name": "Example",
        "picture": "https://example.com/ada.png",
        "username": "ada",
        "phone": "+49301234567",
    }
    return token_claims.Subject(
        issuer=world.ISSUER,
        client=world.client(),
        catalogue=world.catalogue(),
        person=world.person(**known),
        api=world.api(),
        scopes=(),
        sid="s",
        authentication=world.family().authentication,
        now=world.NOW,
        jti="j",
    )


def _looked_up(place: str, context: dict) -> object:
    found = context
    for step in place.rstrip(".").split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _known(words: str, rest: str) -> bool:
    """Whether the command is there, and every option behind it."""
    command: click.Command = cli
    options = _options(cli)
    for word in words.split():
        if not isinstance(command, click.Group):
            break
        child = command.commands.get(word)
        if child is None:
            return False
        command = child
        options |= _options(child)
    return set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options


def _options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in one.opts}


def _elsewhere(name: str) -> bool:
    """Made by a run, or a path of the server's."""
    return name.startswith(("gatelodge-data/", "application/"))
