"""PostgreSQL for tests: one cluster a run, one fresh database a test."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.component import missing
from tests.services.loopback import free_port

USER = "gatelodge"
# A crash of the server loses nothing of this, only a power cut would.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
}


def binaries() -> Path | None:
    """The folder of the newest server on this machine."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return max(found, key=lambda path: float(path.parents[1].name)).parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Cluster:
    """One server with its data in ``folder``, on loopback and on a socket there."""

    def __init__(self, bin_folder: Path, folder: Path, port: int) -> None:
        self._bin = bin_folder
        self.folder = folder
        self.port = port

    @classmethod
    def create(cls, bin_folder: Path) -> Cluster:
        """Make a new cluster in a temporary folder and start it."""
        folder = Path(tempfile.mkdtemp(prefix="gatelodge-pg-"))
        if account := _account():
            os.chown(folder, account.pw_uid, account.pw_gid)
        cluster = cls(bin_folder, folder, free_port())
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        cluster._run("initdb", "-D", cluster.data, "-U", USER, *options)
        cluster.start()
        return cluster

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    @property
    def pid(self) -> int | None:
        """The server's process, None when it is down."""
        file = self.folder / "data" / "postmaster.pid"
        return int(file.read_text().split()[0]) if file.exists() else None

    def url(self, database: str = "postgres") -> str:
        """Where a client finds ``database``."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, with the same port and data as before."""
        settings = {**_SETTINGS, "unix_socket_directories": str(self.folder)}
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        words = ("-D", self.data, "-l", str(self.folder / "log"), "-w", "-t", "60")
        self._run("pg_ctl", "start", *words, "-o", f"-p {self.port} {options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: ``smart``, ``fast``, or ``immediate`` as a crash would."""
        if self.pid is not None:
            self._run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-w", "-t", "60")

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """A fresh database for the length of a block; its URL."""
        name = f"test_{secrets.token_hex(8)}"
        self.say(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def say(self, statement: str) -> str:
        """Run one statement as the administrator."""
        words = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        return self._run("psql", *words, "-d", self.url(), "-c", statement)

    def _run(self, command: str, *arguments: str) -> str:
        account = _account()
        # A server started by pg_ctl keeps its streams: they must not be our pipes.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(
                [str(self._bin / command), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                check=False,
                timeout=120,
            )
            said.seek(0)
            text = said.read()
        if done.returncode:
            raise RuntimeError(f"{command} failed ({done.returncode}):\n{text}")
        return text.strip()


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("root needs an unprivileged user to run PostgreSQL as")


class Shared:
    """The run's one cluster: the first worker starts it, the controller ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = folder / "postgres.json"
        self._lock = folder / "postgres.lock"

    def cluster(self, bin_folder: Path) -> Cluster:
        """The cluster, started now if no one has."""
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if cluster := self._known(bin_folder):
                return cluster
            cluster = Cluster.create(bin_folder)
            note = {"folder": str(cluster.folder), "port": cluster.port}
            self._note.write_text(json.dumps(note))
            return cluster

    def end(self, bin_folder: Path) -> None:
        """Stop the cluster if it was ever started."""
        if cluster := self._known(bin_folder):
            cluster.remove()
            self._note.unlink()

    def _known(self, bin_folder: Path) -> Cluster | None:
        if not self._note.exists():
            return None
        note = json.loads(self._note.read_text())
        return Cluster(bin_folder, Path(note["folder"]), note["port"])


_SHARED = pytest.StashKey[Shared]()


def pytest_configure(config):
    handed = getattr(config, "workerinput", {}).get("services")
    folder = Path(handed or tempfile.mkdtemp(prefix="gatelodge-services-"))
    config.stash[_SHARED] = Shared(folder)
    if not handed:
        config.add_cleanup(lambda: _end(config.stash[_SHARED], folder))


def _end(shared: Shared, folder: Path) -> None:
    if found := binaries():
        shared.end(found)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """With xdist, the controller tells its workers where the services are."""
    node.workerinput["services"] = str(node.config.stash[_SHARED].folder)


@pytest.fixture(scope="session")
def postgres_server(request) -> Cluster:
    """The run's shared cluster; never stop it, see ``postgres_cluster``."""
    found = binaries()
    if found is None:
        missing("PostgreSQL")
    return request.config.stash[_SHARED].cluster(found)


@pytest.fixture
def postgres_url(postgres_server) -> Iterator[str]:
    """The URL of a fresh, empty database that is dropped after the test."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def postgres_cluster() -> Iterator[Cluster]:
    """A cluster of the test's own, to be stopped, crashed and started again."""
    found = binaries()
    if found is None:
        missing("PostgreSQL")
    cluster = Cluster.create(found)
    yield cluster
    cluster.remove()
