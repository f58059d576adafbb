"""Every process setting, its type, default and meaning.

The reference page and ``gatelodge.example.toml`` are printed from this file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from gatelodge.base.secret import Secret
from gatelodge.config.addresses import parse_listen
from gatelodge.config.issuer import is_loopback_host, normal_issuer

PORT: Final = 8421


class Hashing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cost of hashing a password with Argon2id."""

    memory: Annotated[
        int, Meta(ge=8, le=1_048_576, description="Memory of one hash, in KiB.")
    ] = 19_456
    passes: Annotated[int, Meta(ge=1, le=100, description="Passes over it.")] = 2
    threads: Annotated[
        int,
        Meta(
            ge=0,
            le=1024,
            description="Hashes at one time; 0 means processor cores less one.",
        ),
    ] = 0


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One process of the server. Build it with ``load``, which also normalises."""

    data_dir: Annotated[
        str, Meta(description="Folder for the SQLite file and the master key.")
    ] = "./gatelodge-data"
    database: Annotated[
        Secret | None,
        Meta(
            description="`sqlite:///path/to/file` or `postgresql://user:pass@host/name`."
            " Unset: `gatelodge.db` in `data_dir`.",
        ),
    ] = None
    database_pool: Annotated[
        int,
        Meta(ge=1, le=1000, description="PostgreSQL connections of one worker."),
    ] = 10
    issuer: Annotated[
        str,
        Meta(
            description="The URL under which apps know this server; it stands in every"
            " token. Unset: `http://localhost:PORT/` with the first port of `listen`.",
        ),
    ] = ""
    more_issuers: Annotated[
        tuple[str, ...],
        Meta(description="Further URLs we answer under, each an issuer of its own."),
    ] = ()
    listen: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses to listen on. `localhost:PORT` is both loopbacks,"
            " `:PORT` every interface.",
        ),
    ] = (f"localhost:{PORT}",)
    workers: Annotated[
        int, Meta(ge=1, le=256, description="Processes; more than 1 needs PostgreSQL.")
    ] = 1
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks (CIDR) of reverse proxies whose `X-Forwarded-For` and"
            " `X-Forwarded-Host` are believed.",
        ),
    ] = ()
    outbound_networks: Annotated[
        tuple[str, ...],
        Meta(
            description="Private networks (CIDR) that may be asked for what an"
            " administrator names, such as a logo; public https always may.",
        ),
    ] = ()
    actions_folder: Annotated[
        str,
        Meta(
            description="Folder of trusted Python functions that have a say in logins."
            " Whoever can write there can do whatever this server can. Unset: none.",
        ),
    ] = ""
    smtp: Annotated[
        Secret | None,
        Meta(
            description="Mail server: `smtp://user:pass@host:587?starttls=1` or"
            " `smtps://user:pass@host:465`. Unset: no mail leaves.",
        ),
    ] = None
    mail_from: Annotated[
        str | None,
        Meta(description="Sender of our mail where the tenant does not set one."),
    ] = None
    sms: Annotated[
        Secret | None,
        Meta(
            description="Who sends texts: `twilio://SID:TOKEN@api.twilio.com`, or the"
            " `https://…` address of a webhook. Unset: no text leaves.",
        ),
    ] = None
    sms_from: Annotated[
        str | None,
        Meta(
            description="Number or name that texts come from, or Twilio's `MG…`"
            " messaging service.",
        ),
    ] = None
    sms_secret: Annotated[
        Secret | None,
        Meta(
            description="Signs what the webhook gets (Standard Webhooks): `whsec_` and"
            " base64, or any text of 16 bytes or more.",
        ),
    ] = None
    mailbox: Annotated[
        bool | None,
        Meta(
            description="Show mails and texts on a page. Unset: on when"
            " everything is on loopback and `smtp` is unset.",
        ),
    ] = None
    master_key: Annotated[
        tuple[Secret, ...],
        Meta(
            description="32 random bytes in base64url, newest first; older ones still"
            " open what they sealed. Unset: read from `master_key_file`.",
        ),
    ] = ()
    master_key_file: Annotated[
        str,
        Meta(
            description="File with one master key a line, newest first, readable by its"
            " owner only. Unset: `master.key` in `data_dir`, made at the first run.",
        ),
    ] = ""
    hashing: Annotated[Hashing, Meta(description="Cost of a password.")] = Hashing()
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="Least level of the process log on standard error."),
    ] = "info"
    log_format: Annotated[
        Literal["text", "json"], Meta(description="Form of the process log.")
    ] = "text"
    drain_seconds: Annotated[
        int,
        Meta(ge=0, le=600, description="Time for open requests when we are stopped."),
    ] = 10

    @property
    def database_url(self) -> str:
        """The database's URL, with its password: for ``store.connect`` only."""
        if self.database is not None:
            return self.database.reveal()
        return f"sqlite:///{Path(self.data_dir, 'gatelodge.db')}"

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, or None on PostgreSQL and in memory."""
        url = self.database_url
        path = url.removeprefix("sqlite://").removeprefix("/")
        return Path(path) if url.startswith("sqlite:") and path else None

    @property
    def key_file(self) -> Path:
        """Where the master key is kept, unless ``master_key`` is set."""
        return Path(self.master_key_file or Path(self.data_dir, "master.key"))

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Pairs of host and port to bind, each once."""
        pairs = (pair for text in self.listen for pair in parse_listen(text))
        return tuple(dict.fromkeys(pairs))

    @property
    def issuer_url(self) -> str:
        """The main issuer, with its one trailing slash."""
        return normal_issuer(self.issuer or f"http://localhost:{self.addresses[0][1]}/")

    @property
    def issuers(self) -> tuple[str, ...]:
        """All issuers, the main one first."""
        more = (normal_issuer(text) for text in self.more_issuers)
        return tuple(dict.fromkeys((self.issuer_url, *more)))

    @property
    def on_loopback(self) -> bool:
        """Whether nobody but this machine can reach us."""
        return all(is_loopback_host(host) for host, _ in self.addresses)

    @property
    def shows_mailbox(self) -> bool:
        """Whether mail is shown on a page (never decided by a request)."""
        if self.mailbox is not None:
            return self.mailbox
        local = all(issuer.startswith("http://") for issuer in self.issuers)
        return self.on_loopback and local and self.smtp is None


def read_secret(kind: type, value: Any) -> Any:
    """Decoding hook: a text becomes a ``Secret``."""
    if kind is not Secret:
        raise NotImplementedError(f"cannot read {kind.__name__}")
    if not isinstance(value, str):
        raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
    return Secret(value)
