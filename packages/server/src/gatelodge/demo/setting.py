"""Set the scene: the server, its tenant, the API, each a real process."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
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

# The usual ports first; 0 lets the process choose a free one.
_SERVER: Final = (8421, 0)
_PARTNER: Final = (8423, 0)
_API: Final = (8422, 0)
_AT: Final = " is at "
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the tenant file."""

    email: str
    password: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Partner:
    """Another company that vouches for its people."""

    issuer: str
    person: Person


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is."""

    issuer: str
    api: str
    folder: Path
    people: tuple[Person, ...]
    partner: Partner


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

    def words(port: int) -> tuple[str, ...]:
        at = ("serve", "--listen", f"localhost:{port}", "--data-dir", "data")
        # The partner lives on this machine; elsewhere public https is always open.
        return (*at, "--outbound-networks", "127.0.0.0/8")

    serving = _serving(
        narrator, where, name="server", module="gatelodge", words=words, ports=_SERVER
    )
    with serving as issuer:
        _wait_until_ready(issuer)
        narrator.checked(f"its data: SQLite in {where / 'data'}")
        yield issuer


@contextlib.contextmanager
def partner(narrator: Narrator, where: Path, issuer: str) -> Iterator[Partner]:
    """Another company's server, and both know each other.

    At an address of its own: cookies do not tell ports from each other.
    """

    def words(port: int) -> tuple[str, ...]:
        at = ("serve", "--listen", f"127.0.0.1:{port}", "--data-dir", "partner")
        return (*at, "--issuer", f"http://127.0.0.1:{port}/") if port else at

    serving = _serving(
        narrator,
        where,
        name="partner",
        module="gatelodge",
        words=words,
        ports=_PARTNER,
    )
    with serving as theirs:
        _wait_until_ready(theirs)
        told = {
            "HOME_ISSUER": issuer,
            "PARTNER": theirs,
            "PARTNER_SECRET": secrets.token_urlsafe(32),
        }
        (joan,) = _applied(narrator, where, "partner.yaml", "partner", **told)
        told["PARTNER_METADATA"] = _metadata(theirs)
        _applied(narrator, where, "connections.yaml", "data", **told)
        _wait_for_client(issuer, connection="partner-saml")
        narrator.checked("the running server knows the partner, by both protocols")
        yield Partner(theirs, joan)


def tenant(narrator: Narrator, where: Path, issuer: str) -> tuple[Person, ...]:
    """Apply the tenant file to the running server; who is in it."""
    people = _applied(narrator, where, "tenant.yaml", "data")
    again = _apply(where, "tenant.yaml", "data")
    if "Nothing to change" not in again:
        raise DemoFailed(f"a second apply should change nothing, but: {again}")
    narrator.checked("applied once more: nothing to change")
    _wait_for_client(issuer)
    narrator.checked("the running server knows the apps; nothing was restarted")
    return people


def _applied(
    narrator: Narrator, where: Path, name: str, data: str, **told: str
) -> tuple[Person, ...]:
    """Apply one of our files, and say what it did; the people in it."""
    narrator.say(f"$ gatelodge apply {name} --data-dir {data}", "dim")
    for line in _apply(where, name, data, **told).splitlines():
        if not line.startswith(" "):
            narrator.say(line, "green" if line.startswith("+") else "")
    text = (files("gatelodge.demo.timesheets") / name).read_text(encoding="utf-8")
    return tuple(
        Person(one["email"], one["password"], tuple(one.get("roles", ())))
        for one in yaml.safe_load(text).get("users", ())
    )


def _apply(where: Path, name: str, data: str, **told: str) -> str:
    with as_file(files("gatelodge.demo.timesheets") / name) as path:
        words = ("apply", str(path), "--data-dir", data)
        return processes.done("gatelodge", words, folder=where, **told)


@contextlib.contextmanager
def api(
    narrator: Narrator, where: Path, *, issuer: str, options: Options
) -> Iterator[str]:
    """The timesheets API; its address."""
    audience = options.api_audience or AUDIENCE

    def words(port: int) -> tuple[str, ...]:
        return ("--issuer", issuer, "--audience", audience, "--port", str(port))

    module = "gatelodge.demo.timesheets.api"
    with _serving(
        narrator, where, name="API", module=module, words=words, ports=_API
    ) as url:
        yield url


@contextlib.contextmanager
def _serving(
    narrator: Narrator,
    where: Path,
    *,
    name: str,
    module: str,
    words: Callable[[int], tuple[str, ...]],
    ports: tuple[int, ...],
) -> Iterator[str]:
    """A process that says where it is; on the first port that it can have."""
    shown = "gatelodge" if module == "gatelodge" else f"python -m {module}"
    for port in ports:
        narrator.say(f"$ {shown} {' '.join(words(port))}", "dim")
        with processes.started(
            f"the {name}", module, *words(port), folder=where, log=f"{name}.log"
        ) as process:
            try:
                process.wait_for(_AT)
            except DemoFailed:
                if port == ports[-1]:
                    raise
                narrator.say(f"Not on port {port}, then; any other will do.")
                continue
            url = _address(process.said)
            narrator.checked(f"ready at {url}, process {process.pid}")
            yield url
            return


def _metadata(theirs: str) -> str:
    """What the partner says of itself to those who speak SAML."""
    url = f"{theirs}samlp/metadata/example-company-saml"
    with _http() as http:
        for _ in range(100):
            answer = http.get(url)
            if answer.status_code == _OK:
                return answer.text
            processes.pause()
    raise DemoFailed("the partner does not take up its tenant")


def _wait_until_ready(issuer: str) -> None:
    with _http() as http:
        for _ in range(100):
            if http.get(f"{issuer}readyz").status_code == _OK:
                return
            processes.pause()
    raise DemoFailed("the server does not get ready")


def _http() -> httpx2.Client:
    return httpx2.Client(trust_env=False, timeout=5)


def _address(said: str) -> str:
    line = next(line for line in said.splitlines() if _AT in line)
    return line.partition(_AT)[2].strip()


def _wait_for_client(issuer: str, **more: str) -> None:
    """Ask silently until the app is known: then the answer goes to its address."""
    asked = {
        "client_id": "timesheets-desktop",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:9/callback",
        "scope": "openid",
        "prompt": "none",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
        **more,
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
