"""The server as a process: one data folder, one address, ended and started at will."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.connections.saml.provider import pair
from tests.e2e.app import post
from tests.e2e.elsewhere import Elsewhere, another_party
from tests.services.loopback import free_port
from tests.services.running import Server, running_server

TENANT = Path(__file__).parent / "tenant.yaml"
PASSWORD = "correct Horse 7 battery"
_CHEAP = {"GATELODGE_HASHING__MEMORY": "64", "GATELODGE_HASHING__PASSES": "1"}
_SETTINGS = {**_CHEAP, "GATELODGE_OUTBOUND_NETWORKS": "127.0.0.0/8"}


class Site:
    """A running server and the people who have an account there.

    ``elsewhere`` is another party that vouches for people; ``pockets`` holds what they
    have written down, by their addresses.
    """

    def __init__(
        self, folder: Path, port: int, stack: ExitStack, elsewhere: Elsewhere
    ) -> None:
        self.issuer = f"http://localhost:{port}/"
        self.elsewhere = elsewhere
        self._folder, self._port, self._stack = folder, port, stack
        self.pockets: dict[str, list[str]] = {}
        self._numbers = itertools.count(1)
        self.server = self._start()

    def restart(self) -> None:
        """A power cut: no last word, and the same files afterwards."""
        self.server.kill()
        self.server = self._start()

    def new_person(self) -> str:
        """The e-mail address of somebody who has just signed up."""
        email = f"person{next(self._numbers)}@example.com"
        fields = {
            "client_id": "phone",
            "connection": "Username-Password-Authentication",
            "email": email,
            "password": PASSWORD,
        }
        post(f"{self.issuer}dbconnections/signup", fields)
        return email

    def remove_factors(self, email: str) -> None:
        """An administrator takes away all that a person proves themselves with."""
        command = _gatelodge(self._folder, "factors", "remove", email, "--all")
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def _start(self) -> Server:
        place = ("--listen", f"localhost:{self._port}")
        command = _gatelodge(self._folder, "serve", *place)
        url = f"{self.issuer}readyz"
        return self._stack.enter_context(
            running_server(command, url=url, env=_SETTINGS)
        )


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """A server with our tenant, stopped at the end."""
    port = free_port()
    with ExitStack() as stack:
        elsewhere = stack.enter_context(another_party())
        _apply(folder, {"PORT": str(port), **elsewhere.environment})
        yield Site(folder, port, stack, elsewhere)


def _apply(folder: Path, known: dict[str, str]) -> None:
    subprocess.run(
        _gatelodge(folder, "apply", str(TENANT), "--yes"),
        check=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, **known, "ACME_CERTIFICATE": pair().pinned},
    )


def _gatelodge(folder: Path, *words: str) -> list[str]:
    database = f"sqlite:///{folder}/gatelodge.db"
    places = ("--database", database, "--data-dir", str(folder))
    return [sys.executable, "-m", "gatelodge", *places, *words]
