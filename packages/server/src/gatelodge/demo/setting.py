"""Set the scene: the server, its tenant, the API, each a real process."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import httpx2
import yaml

from gatelodge.demo import processes, wire
from gatelodge.demo.narrator import DemoFailed, Narrator
from gatelodge.demo.options import Options
from gatelodge.demo.timesheets.client import AUDIENCE

SERVER_PORT: Final = 8421
API_PORT: Final = 8422
_AT: Final = "Gatelodge is at "
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the tenant file."""

    email: str
    password: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is."""

    issuer: str
    api: str
    folder: Path
    people: tuple[Person, ...]


@contextlib.contextmanager
def folder(*, keep: bool) -> Iterator[Path]:
    """A private folder for all data, gone afterwards unless kept."""
    made = Path(tempfile.mkdtemp(prefix="gatelodge-demo-"))
    try:
        yield made
    finally:
        if not keep:
            shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def server(narrator: Narrator, where: Path) -> Iterator[str]:
    """The authorization server; its issuer."""
    # Port 0 lets the server choose a free one.
    port = SERVER_PORT if _free(SERVER_PORT) else 0
    words = ("serve", "--listen", f"localhost:{port}", "--data-dir", "data")
    with (
        _http() as http,
        processes.started(
            "the server", "gatelodge", *words, folder=where, log="server.log"
        ) as process,
    ):
        narrator.say(f"$ gatelodge {' '.join(words)}", "dim")
        process.wait_until(lambda: _AT in process.said)
        issuer = _issuer(process.said)
        process.wait_until(lambda: _answers(http, f"{issuer}readyz"))
        narrator.checked(f"ready at {issuer}, process {process.pid}")
        narrator.checked(f"its data: SQLite in {where / 'data'}")
        yield issuer


def tenant(narrator: Narrator, where: Path, issuer: str) -> tuple[Person, ...]:
    """Apply the tenant file to the running server; who is in it."""
    source = files("gatelodge.demo.timesheets") / "tenant.yaml"
    with as_file(source) as path:
        text = path.read_text(encoding="utf-8")
        words = ("apply", str(path), "--data-dir", "data")
        narrator.say("$ gatelodge apply tenant.yaml --data-dir data", "dim")
        said = processes.done("gatelodge", words, folder=where)
        for line in said.splitlines():
            if not line.startswith(" "):
                narrator.say(line, "green" if line.startswith("+") else "")
        again = processes.done("gatelodge", words, folder=where)
    if "Nothing to change" not in again:
        raise DemoFailed(f"a second apply should change nothing, but: {again}")
    narrator.checked("applied once more: nothing to change")
    _wait_for_client(issuer)
    narrator.checked("the running server knows the apps; nothing was restarted")
    return tuple(
        Person(one["email"], one["password"], tuple(one["roles"]))
        for one in yaml.safe_load(text)["users"]
    )


@contextlib.contextmanager
def api(
    narrator: Narrator, where: Path, *, issuer: str, options: Options
) -> Iterator[str]:
    """The timesheets API; its address."""
    port = API_PORT if _free(API_PORT) else _free_port()
    url, audience = f"http://127.0.0.1:{port}/", options.api_audience or AUDIENCE
    words = ("--issuer", issuer, "--audience", audience, "--port", str(port))
    module = "gatelodge.demo.timesheets.api"
    with (
        _http() as http,
        processes.started(
            "the timesheets API", module, *words, folder=where, log="api.log"
        ) as process,
    ):
        narrator.say(f"$ python -m {module} {' '.join(words)}", "dim")
        process.wait_until(lambda: _answers(http, f"{url}openapi.json"))
        narrator.checked(f"ready at {url}, process {process.pid}")
        yield url


def _http() -> httpx2.Client:
    return httpx2.Client(trust_env=False, timeout=5)


def _issuer(said: str) -> str:
    line = next(line for line in said.splitlines() if line.startswith(_AT))
    return line.removeprefix(_AT).strip()


def _answers(http: httpx2.Client, url: str) -> bool:
    try:
        return http.get(url).status_code == _OK
    except httpx2.TransportError:
        return False


def _wait_for_client(issuer: str) -> None:
    """Ask silently until the app is known: then the answer goes to its address."""
    asked = {
        "client_id": "timesheets-desktop",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:9/callback",
        "scope": "openid",
        "prompt": "none",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    transport = httpx2.HTTPTransport(retries=1)
    with httpx2.Client(transport=transport, trust_env=False, timeout=5) as http:
        for _ in range(100):
            answer = http.get(f"{issuer}authorize", params=asked)
            back = wire.query_of(answer.headers.get("location", ""))
            if back.get("error") == "login_required":
                return
            processes.pause()
    raise DemoFailed("the running server does not take up the new tenant")


def _free(port: int) -> bool:
    """Is the port free on both loopbacks?"""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            if probe.connect_ex((host, port)) == 0:
                return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
