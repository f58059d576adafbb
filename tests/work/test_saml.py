"""Metadata is read again by itself, and ends of certificates are told of."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gatelodge.base.clock import DAY, HOUR
from gatelodge.model.reads import TailLog
from gatelodge.model.writes import PutConnection
from gatelodge.work.saml import Keeper
from tests.connections.saml import provider as idp
from tests.connections.saml.test_metadata import described
from tests.protocol.gatehouse import open_gatehouse


@pytest.fixture
async def gate():
    async with open_gatehouse() as opened:
        yield opened


@contextlib.contextmanager
def published(texts: list[str]) -> Iterator[str]:
    """Metadata at an address; the newest text is served."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(texts[-1].encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/metadata"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def connect(gate, **changes) -> None:
    await gate.write(PutConnection(connection=idp.connection(**changes)))


def saml(gate):
    return gate.house.snapshot.catalogue.connection("acme").options.saml


async def lines(gate, kind: str) -> list[str]:
    found = await gate.house.store.read(TailLog(limit=50, type=kind))
    return [line.details["description"] for line in found]


async def test_metadata_alone_makes_a_connection(gate) -> None:
    with published([described()]) as url:
        await connect(
            gate, metadata_url=url, entity_id="", sign_in_url="", certificates=()
        )
        await Keeper(gate.house).keep()
    assert saml(gate).entity_id == idp.ENTITY
    assert saml(gate).certificates == (idp.pair().pinned,)
    assert saml(gate).sign_in_url == "https://idp.example/HTTP-Redirect"


async def test_a_new_key_is_taken_up_in_time(gate) -> None:
    following, keeper = idp.pair("following"), Keeper(gate.house)
    texts = [described()]
    with published(texts) as url:
        await connect(gate, metadata_url=url)
        await keeper.keep()
        texts.append(described(keys=(idp.pair(), following)))
        await keeper.keep()
        assert len(saml(gate).certificates) == 1  # not every minute
        gate.clock.turn(seconds=6 * HOUR // 1000 + 1)
        await keeper.keep()
    assert saml(gate).certificates == (idp.pair().pinned, following.pinned)
    assert "Take up SAML metadata" in await lines(gate, "sapi")


@pytest.mark.parametrize(
    "text", ["", "<a/>", "<!DOCTYPE a><a/>", described("https://eve.example")]
)
async def test_what_is_not_to_be_believed_changes_nothing(gate, text, caplog) -> None:
    with published([text]) as url, caplog.at_level(logging.WARNING):
        await connect(gate, metadata_url=url)
        before = saml(gate)
        await Keeper(gate.house).keep()
    assert saml(gate) == before
    assert "is not taken up" in caplog.text


async def test_a_provider_that_is_away_changes_nothing(gate) -> None:
    await connect(gate, metadata_url="http://127.0.0.1:9/")
    before = saml(gate)
    await Keeper(gate.house).keep()
    assert saml(gate) == before


async def test_an_end_is_told_of_once_a_week(gate, caplog) -> None:
    keeper = Keeper(gate.house)
    await connect(gate, certificates=(idp.pair("short", days=285).pinned,))
    with caplog.at_level(logging.WARNING):
        await keeper.keep()
        await keeper.keep()
    assert len(await lines(gate, "w")) == 1
    assert "ends in" in caplog.text
    gate.clock.turn(seconds=7 * DAY // 1000)
    await keeper.keep()
    assert len(await lines(gate, "w")) == 2


async def test_the_next_certificate_quiets_the_alarm(gate) -> None:
    both = (idp.pair("short", days=285).pinned, idp.pair().pinned)
    await connect(gate, certificates=both)
    await Keeper(gate.house).keep()
    assert await lines(gate, "w") == []
