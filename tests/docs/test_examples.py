"""Python, JavaScript, shell, YAML and TOML of the pages, for real."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import httpx2
import pytest

from tests.docs.conftest import open_place
from tests.docs.pages import ROOT, all_fences, block
from tests.services.component import missing
from tests.services.loopback import free_port
from tests.services.running import running_server

RUN = {"python", "js", "sh", "yaml", "toml"}
MOBILE = {"kotlin", "swift", "dart", "jsx"}
READ = {"", "text", "ini"}
APPS = ("README.md", "docs/apps/desktop.md", "docs/apps/cli.md")
SHELL = sorted({str(fence.page.relative_to(ROOT)) for fence in all_fences("sh")})
NOT_RUN = 1


def test_every_block_has_a_language_that_somebody_looks_after():
    known = RUN | MOBILE | READ
    assert [one.name for one in all_fences() if one.language not in known] == []


def test_python_blocks_stand_where_a_test_runs_them():
    pages = [str(one.page.relative_to(ROOT)) for one in all_fences("python")]
    own = [page for page in pages if page != "docs/actions.md"]
    assert sorted(own) == sorted([*APPS, "docs/apis/python.md"])


def test_few_blocks_are_not_run_and_each_says_why():
    skipped = [one for one in all_fences() if "no-run" in one.info]
    assert len(skipped) <= NOT_RUN
    assert all(one.language == "js" for one in skipped)
    assert all((ROOT / _named(one.info["no-run"])).is_file() for one in skipped)
    ran = [one for one in all_fences("js") if one not in skipped]
    assert [one.page.name for one in ran] == ["node.md"]


@pytest.mark.parametrize("page", APPS)
def test_an_app_signs_in(place, python_api, page):
    code = place.here(block(page, "python"), api=python_api)
    done = place.run(sys.executable, "-", says=code)
    assert done.returncode == 0, done.stderr
    assert "ada@example.com" in done.stdout
    if "/timesheets" in code and "httpx2" in code:
        assert "{'yours': 'auth0|" in done.stdout


def test_the_python_api_checks_tokens(place, python_api):
    _checks_tokens(place, python_api)


@pytest.mark.node
def test_the_node_api_checks_tokens(place, tmp_path):
    modules = ROOT / "tests" / "interop" / "node_modules"
    node = shutil.which("node")
    if node is None or not (modules / "express").is_dir():
        missing("Node.js with the npm packages of tests/interop")
    host = f"127.0.0.1:{free_port()}"
    code = place.here(block("docs/apis/node.md", "js"))
    code = code.replace("8000", host.rpartition(":")[2])
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "api.mjs").write_text(code)
    url = f"http://{host}/timesheets"
    with running_server((node, "api.mjs"), url=url, cwd=tmp_path):
        _checks_tokens(place, host)


@pytest.mark.parametrize("page", SHELL)
def test_shell_blocks_run(prepared, tmp_path, page):
    lines = "".join(f.code for f in all_fences("sh") if f.page == ROOT / page)
    _make_targets_exist(lines)
    script = "".join(
        line for line in lines.splitlines(keepends=True) if not line.startswith("make ")
    )
    if "curl" in script and shutil.which("curl") is None:
        missing("curl")
    with open_place(prepared, tmp_path) as place:
        (tmp_path / "tenant.yaml").write_text(_tenant(page))
        done = place.run("sh", "-eu", "-c", place.here(script))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("fence", all_fences("yaml"), ids=lambda one: one.name)
def test_a_tenant_file_is_understood(prepared, fence):
    command = (sys.executable, "-m", "gatelodge", "apply", "-", "--dry-run")
    filled = re.sub(r"##\w+##", "filled-in-from-the-environment", fence.code)
    done = prepared.run(*command, says=filled)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr


@pytest.mark.parametrize("fence", all_fences("toml"), ids=lambda one: one.name)
def test_settings_are_understood(prepared, tmp_path, fence):
    file = tmp_path / "gatelodge.toml"
    file.write_text(fence.code)
    file.chmod(0o600)
    command = (sys.executable, "-m", "gatelodge", "--config", str(file))
    done = prepared.run(*command, "config", "show")
    assert done.returncode == 0, done.stderr


def _checks_tokens(place, host):
    with httpx2.Client(base_url=f"http://{host}", trust_env=False) as http:
        assert http.get("/timesheets").status_code == 401
        headers = {"Authorization": f"Bearer {place.token('approve:timesheets')}"}
        assert http.get("/timesheets", headers=headers).status_code == 403
        headers = {"Authorization": f"Bearer {place.token()}"}
        answer = http.get("/timesheets", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"yours": "nightly-report@clients"}


def _make_targets_exist(script: str) -> None:
    made = [line.split()[1] for line in script.splitlines() if line.startswith("make ")]
    makefile = (ROOT / "Makefile").read_text()
    assert [name for name in made if f"\n{name}:" not in makefile] == []


def _tenant(page: str) -> str:
    own = [one.code for one in all_fences("yaml") if one.page == ROOT / page]
    return own[0] if own else block("docs/tenant-file.md", "yaml")


def _named(reason: str) -> Path:
    return Path(next(word for word in reason.split() if word.endswith(".py")))
