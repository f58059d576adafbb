"""The running server that clients meet: started, given its tenant, stopped."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

from tests.services.loopback import free_port
from tests.services.running import running_server

API = "https://api.example.com/"
STRICT_API = "https://strict.example.com/"
BRIEF_API = "https://brief.example.com/"
WEB_SECRET = "cs_" + "w" * 43
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Gate:
    """Where the server is, and what only its clients know."""

    port: int
    spa_origin: str
    web_key: str = field(repr=False)

    @property
    def domain(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        return f"http://{self.domain}/"

    def url(self, path: str) -> str:
        return self.issuer + path.removeprefix("/")


@contextlib.contextmanager
def open_gate(folder: Path, spa_origin: str) -> Iterator[Gate]:
    """A server on a fresh database with the tenant of ``tenant.yaml``."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    gate = Gate(free_port(), spa_origin, pem.decode())
    env = {**_settings(gate, folder), **_placeholders(gate)}
    gatelodge = (sys.executable, "-m", "gatelodge")
    subprocess.run(
        (*gatelodge, "apply", HERE / "tenant.yaml"),
        env={**env, "PATH": "/usr/bin:/bin"},
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    ready = gate.url("readyz")
    with running_server((*gatelodge, "serve"), url=ready, env=env, cwd=folder):
        yield gate


def _settings(gate: Gate, folder: Path) -> Mapping[str, str]:
    return {
        "GATELODGE_DATA_DIR": str(folder / "data"),
        "GATELODGE_ISSUER": gate.issuer,
        "GATELODGE_LISTEN": gate.domain,
        # Passwords of test people need no protection, and tests are many.
        "GATELODGE_HASHING__MEMORY": "64",
        "GATELODGE_HASHING__PASSES": "1",
    }


def _placeholders(gate: Gate) -> Mapping[str, str]:
    public = RSAKey.import_key(gate.web_key).as_dict(private=False)
    jwk = {**public, "kid": "web-1", "alg": "RS256", "use": "sig"}
    return {
        "DOMAIN": gate.domain,
        "HOST": "127.0.0.1",
        "SPA_ORIGIN": gate.spa_origin,
        "WEB_SECRET": WEB_SECRET,
        "WEB_JWKS": json.dumps({"keys": [jwk]}),
    }
