"""Links lead somewhere, names exist, nothing a person can set goes unsaid."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import click
import msgspec
import pytest

from gatelodge.cli.main import cli
from gatelodge.config.fields import Config
from gatelodge.model.settings import Settings
from gatelodge.oauth.claim_template import unfit
from tests.docs.pages import PAGES, ROOT, all_fences, anchors, links, prose
from tests.docs.test_examples import MOBILE
from tests.interop import test_wire, wire

SDKS = (
    "auth0-android",
    "auth0-swift",
    "react-native-auth0",
    "appauth-android",
    "expo-auth-session",
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    broken = []
    for link in links(page):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_there_are_links():
    assert sum(len(links(page)) for page in PAGES) > 40


def test_every_page_is_reached_from_the_readme():
    seen, open_ones = set(), [ROOT / "README.md"]
    while open_ones:
        page = open_ones.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        paths = [one.partition("#")[0] for one in links(page) if "://" not in one]
        open_ones += [(page.parent / path).resolve() for path in paths if path]
    lost = [p.name for p in PAGES if p not in seen and p.parent.name != "adr"]
    assert set(lost) <= {"CHANGELOG.md", *(p.name for p in _package_pages())}


@pytest.mark.parametrize("fence", all_fences(*MOBILE), ids=lambda one: one.name)
def test_a_mobile_snippet_names_requests_that_are_replayed(fence):
    named = fence.info["wire"].split(",")
    flows = {f"{sdk}-{step}" for sdk in test_wire.SDKS for step in test_wire.FLOW}
    for name in named:
        assert name in wire.names()
        assert name in flows or name.endswith((*test_wire.SINGLE, *test_wire.CODES))
    assert "not compiled" in prose(fence.page)


@pytest.mark.parametrize("sdk", SDKS)
def test_every_golden_request_stands_on_a_page(sdk):
    pages = "".join(p.read_text() for p in (ROOT / "docs" / "apps").glob("*.md"))
    told = set(re.findall(r"[a-z0-9-]+", pages))
    assert {name for name in wire.names() if name.startswith(sdk)} <= told


def test_every_tenant_setting_is_told():
    page = (ROOT / "docs" / "tenant-file.md").read_text()
    assert [f for f in Settings.__struct_fields__ if f"`{f}`" not in page] == []


def test_defaults_of_tenant_settings_are_those_of_the_code():
    page = (ROOT / "docs" / "tenant-file.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]+) \|", page, re.MULTILINE))
    numbers = {
        field.name: field.default
        for field in msgspec.structs.fields(Settings)
        if type(field.default) is int and "hours" not in _row(page, field.name)
    }
    told = {name: int(rows[name]) for name in numbers if rows.get(name, "").isdigit()}
    assert told == {name: numbers[name] for name in told}
    assert {"code_lifetime", "refresh_token_cap"} <= set(told)


def test_every_setting_of_the_process_is_told():
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    assert [f for f in Config.__struct_fields__ if f not in page] == []


def test_every_command_is_told():
    text = "".join(page.read_text() for page in PAGES)
    commands = _commands(cli, "gatelodge")
    assert len(commands) > 20
    assert [name for name in commands if name not in text] == []


def test_places_of_claim_templates_are_the_real_ones():
    text = (ROOT / "docs" / "claim-templates.md").read_text()
    templates = re.findall(r'^\s+(https://\S+): "(.*)"$', text, re.MULTILINE)
    assert len(templates) >= 4
    assert [name for name, template in templates if unfit(name, template)] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")))
def test_a_decision_answers_its_four_questions(page):
    title, *headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    assert int(title.partition(".")[0]) == int(page.name[:4])
    assert headings == ["Context", "Decision", "Cost", "What would change our mind"]


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "pictures").glob("*.svg")))
def test_a_picture_says_what_it_shows(picture):
    svg = ET.fromstring(picture.read_text())  # noqa: S314 - our own picture
    told = {child.tag.rpartition("}")[2] for child in svg if child.text}
    assert {"title", "desc"} <= told
    assert svg.get("role") == "img"
    assert any(picture.name in link for link in links(ROOT / "README.md"))


def _row(page: str, name: str) -> str:
    return next((row for row in page.splitlines() if row.startswith(f"| `{name}`")), "")


def _commands(command: click.Command, path: str) -> list[str]:
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    found = []
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        found += _commands(child, f"{path} {name}")
    return found


def _package_pages():
    return [page for page in PAGES if "packages" in page.parts]
