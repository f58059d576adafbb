"""What must be put right before we start, each with what to do (security 58)."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from gatelodge.config.fields import Config
from gatelodge.config.issuer import is_loopback_host


class Problem(msgspec.Struct, frozen=True):
    """One reason not to start, and the remedy."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}\n  -> {self.remedy}"


def check(config: Config, *, optimized: bool | None = None) -> list[Problem]:
    """Every reason not to start with this configuration; empty means safe.

    ``optimized`` says whether Python runs with ``-O``; None looks.
    """
    return [
        *_plain_http(config),
        *_readable_key(config),
        *_too_many_workers(config),
        *_mailbox_in_public(config),
        *_texts(config),
        *_optimized(sys.flags.optimize > 0 if optimized is None else optimized),
    ]


def _plain_http(config: Config) -> Iterator[Problem]:
    """Tokens and passwords travel in the clear only where nobody can listen."""
    for issuer in config.issuers:
        if not issuer.startswith("http://"):
            continue
        host = urlsplit(issuer).hostname or ""
        if not is_loopback_host(host):
            yield Problem(
                f"the issuer {issuer} is http on an address others can reach",
                f"set --issuer https://{host}/ and let a proxy end TLS",
            )
        elif not config.on_loopback:
            public = [h for h, _ in config.addresses if not is_loopback_host(h)]
            yield Problem(
                f"listening on {', '.join(public)} with the http issuer {issuer}",
                "set --issuer to the https URL that apps use, or --listen to localhost",
            )


def _readable_key(config: Config) -> Iterator[Problem]:
    path = config.key_file
    if config.master_key or sys.platform == "win32" or not path.exists():
        return
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Problem(
            f"the master key file {path} can be read by others",
            f"run: chmod 600 {path} (make a new key if somebody may have seen it)",
        )


def _too_many_workers(config: Config) -> Iterator[Problem]:
    if config.workers > 1 and config.database_url.startswith("sqlite:"):
        yield Problem(
            f"{config.workers} workers on SQLite",
            "set --workers 1, or --database to a postgresql:// URL",
        )


def _mailbox_in_public(config: Config) -> Iterator[Problem]:
    if config.mailbox and not config.on_loopback:
        yield Problem(
            "the mailbox page shows everybody's mail, and others can reach us",
            "unset mailbox and set --smtp, or --listen to localhost",
        )


def _texts(config: Config) -> Iterator[Problem]:
    """What the sender of texts cannot do without."""
    url = config.sms.reveal() if config.sms else ""
    if url.startswith("http") and config.sms_secret is None:
        yield Problem(
            "texts go to a webhook, and nothing signs them",
            "set sms_secret (GATELODGE_SMS_SECRET) to a text the webhook knows too",
        )
    if url.startswith("twilio") and config.sms_from is None:
        yield Problem(
            "texts go to Twilio, and no number is set that they come from",
            "set sms_from to a number of yours or a messaging service (MG…)",
        )


def _optimized(optimized: bool) -> Iterator[Problem]:
    if optimized:
        yield Problem(
            "python -O removes checks that libraries make",
            "start python without -O and unset PYTHONOPTIMIZE",
        )
