"""Whether apps can reach the issuer, and we the mail server."""

from __future__ import annotations

import json
import smtplib
import ssl
import time
import urllib.request
from email.utils import parsedate_to_datetime
from typing import Final, Literal, TypeAlias
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit

from gatelodge.base.secret import Secret

Finding: TypeAlias = tuple[Literal["ok", "warn", "fail"], str, str, str]
_SECONDS: Final = 5.0
_LARGEST: Final = 1_000_000
_SKEW: Final = 30
_PORTS: Final = {"smtp": 25, "smtps": 465}


def issuer(url: str, kids: frozenset[str]) -> list[Finding]:
    """Fetch the discovery document and the keys as an app would (RFC 8414 §3).

    ``kids`` are the keys of this database: who answers with none of them is another
    server at the same address.
    """
    address = f"{url}.well-known/openid-configuration"
    about = "issuer"
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - http or https only
            document = json.loads(answer.read(_LARGEST))
            date = answer.headers.get("Date")
        shown = _shown(f"{url}.well-known/jwks.json")
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            remedy = "renew the proxy's certificate, or make its authority known here"
            return [("fail", "TLS", f"{url}: {reason.reason or reason}", remedy)]
        remedy = "start the server, or look at DNS, proxy and firewall"
        return [("warn", about, f"{url} does not answer here: {reason}", remedy)]
    named = document.get("issuer") if isinstance(document, dict) else None
    if named != url:
        text = f"{url} answers as {str(named)[:200]!r}"
        return [("fail", about, text, "the proxy must keep the Host header")]
    if not shown & kids:
        text = f"{url} answers, but with the keys of another database than this one"
        remedy = "name the server's own by --data-dir or --database"
        return [("warn", about, text, remedy), *_date(date)]
    return [("ok", about, f"{url} answers as itself", ""), *_date(date)]


def _shown(address: str) -> set[str]:
    with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - http or https only
        said = json.loads(answer.read(_LARGEST))
    keys = said.get("keys") if isinstance(said, dict) else None
    listed = keys if isinstance(keys, list) else []
    return {str(key.get("kid")) for key in listed if isinstance(key, dict)}


def _date(date: str | None) -> list[Finding]:
    if date is None:
        return []
    off = abs(parsedate_to_datetime(date).timestamp() - time.time())
    if off > _SKEW:
        text = f"the server's clock differs by {off:.0f} s"
        return [("warn", "clock", text, "keep clocks in step, for example by chrony")]
    return []


def mail(url: Secret | None) -> list[Finding]:
    """Greet the mail server and sign in; nothing is sent."""
    if url is None:
        return []
    parts = urlsplit(url.reveal())
    host = parts.hostname or "localhost"
    port = parts.port or _PORTS[parts.scheme]
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(host, port, timeout=_SECONDS) as server:
            if parse_qs(parts.query).get("starttls") == ["1"]:
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(parts.username, parts.password or "")
    except (OSError, smtplib.SMTPException) as error:
        kind_of = type(error).__name__
        remedy = "check --smtp: host, port, starttls, user and password"
        return [("fail", "mail", f"{host}:{port} refuses us ({kind_of})", remedy)]
    return [("ok", "mail", f"{host}:{port} takes our mail", "")]
