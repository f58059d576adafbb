"""Two Gatelodges: one vouches for people by SAML, the other takes its word.

``two_houses`` has both in this process, ``running`` as real servers; ``files`` gives the
tenant files that make two servers such a pair.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx2

from gatelodge.connections.saml import metadata
from gatelodge.model.client import Client, ClientOptions
from gatelodge.model.connection import Connection, ConnectionOptions
from gatelodge.model.saml import Saml, SamlApp
from gatelodge.model.writes import PutClient, PutConnection
from tests.protocol.gatehouse import (
    ISSUER,
    Gatehouse,
    Visitor,
    form_of,
    open_gatehouse,
)
from tests.services.loopback import free_port
from tests.services.running import running_server

_PHONE = """
clients:
  - {name: Phone, client_id: phone, app_type: native,
     callbacks: ['http://127.0.0.1/callback'],
     skip_non_verifiable_callback_uri_confirmation_prompt: true}
"""
PROVIDER = "http://localhost:8422/"
APP = "house"
CONSUMER = f"{ISSUER}login/callback?connection=provider"
ENTITY = "urn:auth0:localhost:provider"
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}


def app(**changes: Any) -> Client:
    """The first house, as the second one knows it."""
    said = {"audience": ENTITY, "logout_url": f"{ISSUER}logout", **changes}
    return Client(
        client_id=APP,
        name="First house",
        app_type="web",
        auth_method="client_secret_post",
        redirect_uris=(CONSUMER,),
        options=ClientOptions(saml=SamlApp(**said), skip_confirmation=True),
    )


@contextlib.asynccontextmanager
async def two_houses(
    *, encrypted: bool = False, **changes: Any
) -> AsyncIterator[tuple[Gatehouse, Gatehouse]]:
    """The house that takes the word, and the one that gives it."""
    async with (
        open_gatehouse() as house,
        open_gatehouse(seed=8, issuers=(PROVIDER,)) as provider,
    ):
        await provider.write(PutClient(client=app(**changes)))
        url = f"{PROVIDER}samlp/metadata/{APP}"
        described = await provider.http(base=PROVIDER).get(url)
        await house.write(PutConnection(connection=connection(described.content)))
        ours = house.house.snapshot.keyring.saml
        hidden = {"encrypt_for": ours.encryption} if encrypted else {}
        signed = app(**{"certificate": ours.certificate, **hidden, **changes})
        await provider.write(PutClient(client=signed))
        yield house, provider


def connection(described: bytes) -> Connection:
    """The second house, as its metadata makes it known to the first."""
    found = metadata.read(described)
    blank = Saml(entity_id=found.entity_id, sign_in_url="")
    return Connection(
        id="con_provider",
        name="provider",
        strategy="samlp",
        options=ConnectionOptions(
            saml=metadata.adopted(blank, found), display_name="Second house"
        ),
        position=5,
    )


class Between:
    """One browser that goes from house to house."""

    def __init__(self, house: Gatehouse, provider: Gatehouse) -> None:
        self.at_house = Visitor(house)
        self.at_provider = Visitor(provider)
        self.at_provider.client = provider.http(base=PROVIDER)
        self.at_provider.netloc = "localhost:8422"

    async def ask(self, answer: httpx2.Response) -> httpx2.Response:
        """Carry the first house's question to the second."""
        if answer.status_code == 303:
            return await self.at_provider.get(answer.headers["location"])
        form = form_of(answer.text)
        posted = await self.at_provider.client.post(
            form.action, content=urlencode(form.fields), headers=_FORM
        )
        return await self.at_provider._follow(posted)

    async def tell(self, page: httpx2.Response) -> httpx2.Response:
        """Carry the second house's answer to the first."""
        form = form_of(page.text)
        posted = await self.at_house.gate.http().post(
            form.action, content=urlencode(form.fields), headers=_FORM
        )
        assert posted.status_code == 303, posted.text
        return await self.at_house.get(urljoin(form.action, posted.headers["location"]))


def files(house: str, provider: str, described: str) -> tuple[str, str]:
    """Tenant files for a house and a provider at these issuers.

    ``described`` is the provider's metadata, or its address.
    """
    how = "metadataUrl" if described.startswith("http") else "metadataXml"
    host = house.split("://", 1)[1].rstrip("/").partition(":")[0]
    taker = f"""
connections:
  - name: provider
    strategy: samlp
    display_name: Second house
    options:
      {how}: '{described}'
"""
    giver = f"""
clients:
  - name: First house
    client_id: {APP}
    app_type: regular_web
    callbacks: ["{house}login/callback?connection=provider"]
    addons:
      samlp:
        audience: urn:auth0:{host}:provider
        logout: {{callback: "{house}logout"}}
users:
  - {{email: ada@example.com, password: "correct Horse 7 battery", name: Ada}}
"""
    return taker, giver


@contextlib.contextmanager
def running(folder: Path) -> Iterator[tuple[str, str]]:
    """Two real servers: issuers of the one that takes the word and of the one that gives it.

    Cookies do not know ports, so they have different hosts.
    """
    ports = free_port(), free_port()
    house, provider = f"http://localhost:{ports[0]}/", f"http://127.0.0.1:{ports[1]}/"
    with _server(folder / "provider", provider, files(house, provider, "")[1]):
        url = f"{provider}samlp/metadata/{APP}"
        described = httpx2.get(url, timeout=10).text
        taker = files(house, provider, described)[0]
        with _server(folder / "house", house, taker + _PHONE):
            yield house, provider


@contextlib.contextmanager
def _server(folder: Path, issuer: str, tenant: str) -> Iterator[None]:
    folder.mkdir(parents=True)
    (folder / "tenant.yaml").write_text(tenant)
    env = {
        "GATELODGE_DATA_DIR": str(folder / "data"),
        "GATELODGE_ISSUER": issuer,
        "GATELODGE_LISTEN": f"127.0.0.1:{issuer.rstrip('/').rpartition(':')[2]}",
        "GATELODGE_HASHING__MEMORY": "64",
        "GATELODGE_HASHING__PASSES": "1",
    }
    gatelodge = (sys.executable, "-m", "gatelodge")
    subprocess.run(
        (*gatelodge, "apply", "tenant.yaml"),
        env={**env, "PATH": "/usr/bin:/bin"},
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    ready = f"{issuer.replace('localhost', '127.0.0.1')}readyz"
    with running_server((*gatelodge, "serve"), url=ready, env=env, cwd=folder):
        yield
