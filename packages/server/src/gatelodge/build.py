"""Wiring, once: from a configuration to a running server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

import msgspec

from gatelodge import first_run
from gatelodge.actions import folder
from gatelodge.actions.functions import Functions
from gatelodge.actions.runner import Actions
from gatelodge.base.seal import Sealer
from gatelodge.config import Config
from gatelodge.config.master_key import master_keys
from gatelodge.connections.gate import Gate
from gatelodge.hasher import Hasher, HashingPool
from gatelodge.house import House, load_snapshot, logos, refresh_tokens
from gatelodge.mail.smtp import Smtp, server_of
from gatelodge.outbound import Outbound
from gatelodge.pages.render import Pages
from gatelodge.sms.message import Sender
from gatelodge.sms.sender import sender_of
from gatelodge.store.connect import connect
from gatelodge.system import SystemClock, SystemEntropy
from gatelodge.telemetry import log
from gatelodge.web import server
from gatelodge.web.app import App
from gatelodge.web.proxies import networks
from gatelodge.work import (
    catalogue,
    departures,
    outbox,
    runner,
    saml,
    sweep,
    texts,
)


def serve(config: Config, listening: Callable[[str], None] | None = None) -> None:
    """Listen and serve until told to stop; ``listening`` gets the issuer.

    Raises:
        OSError: an address is taken.
        ConfigError: the master key cannot be read.
        FolderMistake: the actions folder cannot be used.
    """
    log.configure(config.log_level, config.log_format)
    if config.actions_folder:
        folder.read(config.actions_folder)
    sockets = server.bind(config.addresses)
    config = _with_real_port(config, sockets[0].getsockname()[1])

    @contextlib.asynccontextmanager
    async def opening() -> AsyncIterator[App]:
        async with open_house(config) as house:
            app = App(house, trusted=networks(config.trusted_proxies))
            duties = _duties(house, config)
            holder = house.entropy.draw(8).hex()
            work = asyncio.create_task(runner.run(house, duties, holder=holder))
            if listening is not None:
                listening(config.issuer_url)
            try:
                yield app
            finally:
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await work

    server.run(
        opening,
        sockets,
        workers=config.workers,
        drain_seconds=config.drain_seconds,
    )


@contextlib.asynccontextmanager
async def open_house(config: Config) -> AsyncIterator[House]:
    """A house on the configured database, made ready if it is new."""
    clock, entropy = SystemClock(), SystemEntropy()
    sealer = Sealer(master_keys(config, entropy))
    threads = config.hashing.threads or None
    hasher = Hasher(memory=config.hashing.memory, passes=config.hashing.passes)
    hashing = HashingPool(hasher, threads=threads)
    outbound = Outbound(allowed=networks(config.outbound_networks))
    functions = Functions(config.actions_folder) if config.actions_folder else None
    actions = Actions(functions, outbound, sealer, clock, entropy)
    store = await connect(config.database_url, pool_size=config.database_pool)
    try:
        await first_run.prepare(store, sealer=sealer, entropy=entropy, clock=clock)
        house = House(
            store=store,
            clock=clock,
            entropy=entropy,
            sealer=sealer,
            refresh_tokens=refresh_tokens(sealer),
            hashing=hashing,
            pages=Pages(),
            logos=logos(outbound),
            gate=Gate(outbound, clock),
            actions=actions,
            issuers=config.issuers,
            mailbox=config.shows_mailbox,
            snapshot=await load_snapshot(store, sealer, config.issuers),
        )
        await catalogue.follow(house)
        await catalogue.ensure_keys(house)
        yield house
    finally:
        await actions.close()
        hashing.close()
        await store.close()


def _duties(house: House, config: Config) -> tuple[runner.Duty, ...]:
    async def follow() -> None:
        await catalogue.follow(house)

    async def clean() -> None:
        await sweep.sweep(house)

    async def depart() -> None:
        await departures.depart_due(house)

    keep = saml.Keeper(house).keep
    duties = [
        runner.Duty(name="catalogue", seconds=1.0, work=follow),
        runner.Duty(name="sweep", seconds=60.0, work=clean, leased=True),
        runner.Duty(name="departures", seconds=60.0, work=depart, leased=True),
        runner.Duty(name="saml", seconds=30.0, work=keep, leased=True),
        runner.Duty(name="actions", seconds=2.0, work=house.actions.refresh),
    ]
    duties += _mail(house, config)
    sender = _texts(config)
    if sender is not None:

        async def text() -> None:
            await texts.send_due(house, sender)

        duties.append(runner.Duty(name="texts", seconds=1.0, work=text, leased=True))
    return tuple(duties)


def _mail(house: House, config: Config) -> tuple[runner.Duty, ...]:
    """The duty that sends mails; none where there is no server for them."""
    if config.smtp is not None:
        smtp = Smtp(server_of(config.smtp.reveal()))

        async def post() -> None:
            await outbox.send_due(house, smtp, sender=config.mail_from)

        return (runner.Duty(name="outbox", seconds=1.0, work=post, leased=True),)
    if not house.mailbox:
        logging.getLogger("gatelodge.mail").warning(
            "no mail server is configured (--smtp): mails wait in the outbox"
        )
    return ()


def _texts(config: Config) -> Sender | None:
    """Who sends texts; None where nobody does."""
    if config.sms is None:
        return None
    return sender_of(
        config.sms.reveal(),
        origin=config.sms_from,
        secret=config.sms_secret,
        outbound=Outbound(allowed=networks(config.outbound_networks)),
    )


def _with_real_port(config: Config, port: int) -> Config:
    """Port 0 has become a real one; a derived issuer has to name it."""
    listen = tuple(
        text if not text.endswith(":0") else f"{text[:-2]}:{port}"
        for text in config.listen
    )
    return msgspec.structs.replace(config, listen=listen)
