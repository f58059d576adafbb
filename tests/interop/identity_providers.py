"""Identity providers that others wrote, running on loopback: samlp, SimpleSAMLphp."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from scripts.system import SIMPLESAMLPHP
from tests.connections.saml.provider import Pair
from tests.services.loopback import free_port

HERE = Path(__file__).parent
_PATIENCE = 30
_STATIC = {
    "uid": ["ada"],
    "mail": ["ada@acme.example"],
    "givenName": ["Ada"],
    "sn": ["Lovelace"],
    "displayName": ["Ada Lovelace"],
}


@dataclass(frozen=True)
class Running:
    """A provider's name and where it takes requests."""

    entity_id: str
    sign_in: str
    sign_out: str = ""
    metadata: str = ""


def pem(pair: Pair) -> str:
    """The private key."""
    return pair.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ).decode()


@contextlib.contextmanager
def samlp(node: str, pair: Pair, ours: str, **options: object) -> Iterator[Running]:
    """The npm package ``samlp`` behind express; ``ours`` is our signing certificate."""
    environment = {
        **os.environ,
        "KEY": pem(pair),
        "CERTIFICATE": pair.pem,
        "ISSUER": "urn:samlp",
        "OURS": ours,
        "OPTIONS": json.dumps(options),
    }
    command = [node, str(HERE / "node" / "samlp.mjs")]
    with _process(command, environment, cwd=HERE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the provider did not start"
        port = json.loads(line)["port"]
        yield Running(entity_id="urn:samlp", sign_in=f"http://127.0.0.1:{port}/sso")


@contextlib.contextmanager
def simplesamlphp(
    php: str, folder: Path, pair: Pair, ours: Mapping[str, object], **hosted: object
) -> Iterator[Running]:
    """Debian's SimpleSAMLphp, in which Ada is always signed in."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    config = _configured(folder, base, pair, ours, hosted)
    command = [php, "-S", f"127.0.0.1:{port}", "-t", str(SIMPLESAMLPHP / "www")]
    environment = {**os.environ, "SIMPLESAMLPHP_CONFIG_DIR": str(config)}
    with _process(command, environment, cwd=folder):
        entity_id = f"{base}/saml2/idp/metadata.php"
        _wait(entity_id)
        yield Running(
            entity_id=entity_id,
            sign_in=f"{base}/saml2/idp/SSOService.php",
            sign_out=f"{base}/saml2/idp/SingleLogoutService.php",
            metadata=entity_id,
        )


@contextlib.contextmanager
def php_app(
    php: str, folder: Path, port: int, pair: Pair, provider: Mapping[str, object]
) -> Iterator[None]:
    """SimpleSAMLphp as an app whose people sign in at ``provider``."""
    base = f"http://127.0.0.1:{port}"
    source = {
        "0": "saml:SP",
        "entityID": "urn:php",
        "idp": provider["entityid"],
        "privatekey": "idp.key",
        "certificate": "idp.crt",
        "sign.authnrequest": True,
        "sign.logout": True,
        "signature.algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    }
    config = _configured(folder, base, pair, {"entityid": "none"}, {})
    _php(config / "authsources.php", "config", {"ours": source})
    remote = {str(provider["entityid"]): provider}
    _php(folder / "metadata" / "saml20-idp-remote.php", "metadata", remote)
    command = [php, "-S", f"127.0.0.1:{port}", "-t", str(SIMPLESAMLPHP / "www")]
    environment = {**os.environ, "SIMPLESAMLPHP_CONFIG_DIR": str(config)}
    with _process(command, environment, cwd=folder):
        _wait(f"{base}/module.php/saml/sp/metadata.php/ours")
        yield


def _configured(
    folder: Path,
    base: str,
    pair: Pair,
    ours: Mapping[str, object],
    hosted: Mapping[str, object],
) -> Path:
    for name in ("config", "metadata", "cert", "session", "log", "temporary", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "cert" / "idp.key").write_text(pem(pair))
    (folder / "cert" / "idp.crt").write_text(pair.pem)
    config = _settings(folder, base)
    hosted = {
        "host": "__DEFAULT__",
        "privatekey": "idp.key",
        "certificate": "idp.crt",
        "auth": "static",
        "signature.algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "redirect.sign": True,
        **hosted,
    }
    sources = {"static": {"0": "exampleauth:StaticSource", **_STATIC}}
    _php(folder / "config" / "config.php", "config", config)
    _php(folder / "config" / "authsources.php", "config", sources)
    (folder / "config" / "acl.php").write_text("<?php\n$config = [];\n")
    name = str(ours["entityid"])
    _php(
        folder / "metadata" / "saml20-idp-hosted.php",
        "metadata",
        {"__DYNAMIC:1__": hosted},
    )
    _php(folder / "metadata" / "saml20-sp-remote.php", "metadata", {name: ours})
    return folder / "config"


def _settings(folder: Path, base: str) -> dict[str, object]:
    return {
        "baseurlpath": f"{base}/",
        "certdir": f"{folder}/cert/",
        "loggingdir": f"{folder}/log/",
        "datadir": f"{folder}/data/",
        "tempdir": f"{folder}/temporary/",
        "metadatadir": f"{folder}/metadata/",
        "attributenamemapdir": f"{SIMPLESAMLPHP}/attributemap/",
        "secretsalt": "the salt of a test",
        "auth.adminpassword": "nobody signs in here",
        "timezone": "UTC",
        "logging.handler": "file",
        "enable.saml20-idp": True,
        "module.enable": {"exampleauth": True, "core": True, "saml": True},
        "session.cookie.secure": False,
        "session.phpsession.savepath": f"{folder}/session",
        "store.type": "phpsession",
        "metadata.sources": [{"type": "flatfile"}],
        "authproc.idp": {},
        "trusted.url.domains": ["localhost:8421"],
    }


def _php(file: Path, name: str, value: object) -> None:
    """A variable of a PHP file, by JSON, which both languages read."""
    text = json.dumps(value).replace("\\", "\\\\").replace("'", "\\'")
    file.write_text(f"<?php\n${name} = json_decode('{text}', true);\n")


@contextlib.contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], *, cwd: Path
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE)


def _wait(url: str) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(url, timeout=5).status_code < 600:
                return
        assert time.monotonic() < end, f"{url} does not answer"
        time.sleep(0.05)
