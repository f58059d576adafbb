"""The doctor's checks; each answers with what it saw and what to do about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from gatelodge.actions import folder
from gatelodge.base.clock import DAY
from gatelodge.base.errors import Mistake
from gatelodge.base.seal import Sealer
from gatelodge.cli import reach
from gatelodge.config import Config, ConfigError, check
from gatelodge.config.master_key import master_keys
from gatelodge.connections.saml.keys import KINDS
from gatelodge.first_run import check_master_key
from gatelodge.keys import unopened
from gatelodge.login.relying_party import covers
from gatelodge.mail.message import Unreadable, opened
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import SMS
from gatelodge.model.key import Outgoing
from gatelodge.model.reads import DueMail, LoadCatalogue, Pulse
from gatelodge.store.connect import connect
from gatelodge.store.database import Database, SchemaMismatch, StoreUnavailable
from gatelodge.system import SystemEntropy
from gatelodge.work.saml import days_left

_NONE: Final[frozenset[str]] = frozenset()
_EVER: Final = 2**62
_MANY: Final = 10_000
_OLD_KEY: Final = 180 * DAY
_CLOCK_OFF: Final = 2_000


class Seen(msgspec.Struct, frozen=True):
    """What one check saw."""

    state: Literal["ok", "warn", "fail"]
    about: str
    text: str
    remedy: str = ""


async def everything(config: Config) -> list[Seen]:
    """All checks, those that need the network last and side by side."""
    stored, kids = await _database(config)
    found = [*_configuration(config), *stored]
    reached = await asyncio.gather(
        *(asyncio.to_thread(reach.issuer, url, kids) for url in config.issuers),
        asyncio.to_thread(reach.mail, config.smtp),
    )
    return [*found, *(Seen(*one) for many in reached for one in many)]


def _configuration(config: Config) -> Iterator[Seen]:
    problems = check(config)
    for problem in problems:
        yield Seen("fail", "configuration", problem.what, problem.remedy)
    if not problems:
        yield Seen("ok", "configuration", f"safe; the issuer is {config.issuer_url}")
    if config.issuer_url.startswith("https:") and not config.trusted_proxies:
        yield Seen(
            "warn",
            "proxies",
            "https is ended by a proxy, but none is trusted",
            "set --trusted-proxies to its network, or every visitor has its address",
        )
    yield from _actions(config)
    if config.shows_mailbox:
        yield Seen(
            "warn",
            "mail",
            "mail is shown on the mailbox page, none is sent",
            "set --smtp before anybody else uses this server",
        )


def _actions(config: Config) -> Iterator[Seen]:
    if not config.actions_folder:
        return
    try:
        found = folder.read(config.actions_folder)
    except folder.FolderMistake as error:
        remedy = "put it right: the server does not start with it"
        yield Seen("fail", "actions", str(error), remedy)
        return
    names = ", ".join(one.name for one in found.files) or "no file"
    yield Seen("ok", "actions", f"{names} in {config.actions_folder}")


async def _database(config: Config) -> tuple[list[Seen], frozenset[str]]:
    """What is seen of the database, and the names of its keys."""
    path = config.sqlite_path
    if path is not None and not path.is_file():
        text = f"there is no database {path} yet"
        return [Seen("warn", "database", text, "`gatelodge serve` makes one")], _NONE
    try:
        database = await connect(config.database_url, pool_size=1)
    except StoreUnavailable as error:
        return [Seen("fail", "database", str(error), "check --database")], _NONE
    try:
        return await _contents(config, database)
    except StoreUnavailable as error:
        return [Seen("fail", "database", str(error), "check --database")], _NONE
    finally:
        await database.close()


async def _contents(
    config: Config, database: Database
) -> tuple[list[Seen], frozenset[str]]:
    try:
        await database.check_schema()
    except SchemaMismatch as error:
        return [Seen("fail", "migrations", str(error))], _NONE
    pulse = await database.read(Pulse())
    rows = await database.read(LoadCatalogue())
    seen = [
        Seen("ok", "migrations", "the schema is the one of this version"),
        _clock(pulse.now),
        *_files(config),
        *_keys(config, rows, await database.read(DueMail(now=_EVER, limit=_MANY))),
        *_clients(rows),
        *_providers(rows),
        *_texts(config, rows),
        *_passkeys(config, rows),
    ]
    return seen, frozenset(key.kid for key in rows.signing_keys)


def _clock(database_now: int | None) -> Seen:
    if database_now is None:
        return Seen("ok", "clock", "this node's clock is the only one")
    off = time.time_ns() // 1_000_000 - database_now
    text = f"{abs(off)} ms {'ahead of' if off > 0 else 'behind'} the database's"
    if abs(off) > _CLOCK_OFF:
        return Seen("warn", "clock", text, "keep clocks in step, for example by chrony")
    return Seen("ok", "clock", text)


def _files(config: Config) -> Iterator[Seen]:
    path = config.sqlite_path
    if path is None:
        return
    if path.stat().st_mode & 0o077:
        text = f"{path} can be read by others"
        yield Seen("warn", "files", text, f"run: chmod 600 {path}")
    else:
        yield Seen("ok", "files", f"{path} is for its owner alone")


def _keys(
    config: Config, rows: CatalogueRows, waiting: tuple[Outgoing, ...]
) -> Iterator[Seen]:
    try:
        sealer = Sealer(master_keys(config, SystemEntropy()))
        check_master_key(rows, sealer)
    except (Mistake, ConfigError) as error:
        yield Seen("fail", "master key", str(error))
        return
    yield _sealed(
        keys=len(unopened(rows.signing_keys, sealer)),
        mails=sum(not _opens(mail, sealer) for mail in waiting),
    )
    yield from _signing_keys(rows)


def _opens(mail: Outgoing, sealer: Sealer) -> bool:
    try:
        opened(mail.sealed, sealer)
    except Unreadable:
        return False
    return True


def _sealed(*, keys: int, mails: int) -> Seen:
    """Rows that wait for a master key which is not here."""
    if not keys and not mails:
        text = "opens the signing keys and the mail that waits"
        return Seen("ok", "master key", text)
    return Seen(
        "fail",
        "master key",
        f"does not open {keys} of the signing keys, {mails} of the mails that wait",
        "put the key that sealed them behind the first one, on every node",
    )


def _signing_keys(rows: CatalogueRows) -> Iterator[Seen]:
    now = time.time_ns() // 1_000_000
    for key in rows.signing_keys:
        if key.state != "current" or key.alg in KINDS:
            continue
        days = (now - key.changed_at) // DAY
        text = f"{key.alg} {key.kid[:12]} signs since {days} days"
        if now - key.changed_at > _OLD_KEY:
            yield Seen("warn", "signing key", text, "run: gatelodge keys rotate")
        else:
            yield Seen("ok", "signing key", text)


def _providers(rows: CatalogueRows) -> Iterator[Seen]:
    """SAML providers whose signatures will not count for long."""
    now = time.time_ns() // 1_000_000
    for connection in rows.connections:
        saml = connection.options.saml
        if saml is None:
            continue
        about = f"SAML connection {connection.name}"
        days = days_left(connection, now)
        if not saml.certificates:
            text = "has no certificate yet: nobody can sign in by it"
            yield Seen("warn", about, text, "see that its metadataUrl can be reached")
        elif days is None:
            yield Seen("ok", about, "its certificates hold for more than 30 days")
        elif days >= 0:
            text = f"its last certificate ends in {days} days"
            yield Seen("warn", about, text, "put the provider's next one beside it")
        else:
            text = "its last certificate has ended: nobody can sign in by it"
            yield Seen("fail", about, text, "ask the provider for the new one")


def _clients(rows: CatalogueRows) -> Iterator[Seen]:
    for client in rows.clients:
        refresh = client.options.refresh
        if refresh.rotating and refresh.overlap == 0:
            yield Seen(
                "warn",
                "refresh tokens",
                f"client {client.name!r} has leeway 0: a lost answer signs people out",
                "set refresh_token.leeway to 600 in the tenant file",
            )


def _texts(config: Config, rows: CatalogueRows) -> Iterator[Seen]:
    """Codes that nobody would hand to a network."""
    wanted = [one.name for one in rows.connections if one.strategy == SMS]
    wanted += ["the second factor"] if "sms" in rows.settings.mfa.factors else []
    if wanted and config.sms is None and not config.shows_mailbox:
        yield Seen(
            "warn",
            "texts",
            f"no text leaves, but these need them: {', '.join(wanted)}",
            "set sms and sms_from, or take them out of the tenant file",
        )


def _passkeys(config: Config, rows: CatalogueRows) -> Iterator[Seen]:
    """A domain that an issuer is not in is passed over there."""
    domain = rows.settings.passkey_rp_id
    if domain is None:
        return
    away = [one for one in config.issuers if not covers(domain, one)]
    if not away:
        yield Seen("ok", "passkeys", f"they are made for {domain}")
        return
    yield Seen(
        "warn" if len(away) < len(config.issuers) else "fail",
        "passkeys",
        f"{domain} is neither the host nor a parent domain of {', '.join(away)}",
        "put passkey_rp_id right in the tenant file, or take it out",
    )
