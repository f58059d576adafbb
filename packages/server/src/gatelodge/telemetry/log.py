"""The process log on standard error: text or JSON, one line each, without secrets.

Security defaults 55: what looks like a token of ours, a JWT or a credential is taken
out of every line, whoever wrote it, tracebacks included.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Final, Literal, TypeAlias

import msgspec

from gatelodge.base.moment import iso
from gatelodge.base.opaque import PREFIXES

Form: TypeAlias = Literal["text", "json"]
FIELDS: Final = ("trace_id", "rule")
"""What a line may carry beside its text, by name; all else is left out."""

_NAMES: Final = (
    "password|secret|client_secret|client_assertion|code|code_verifier|token|ticket"
    "|access_token|refresh_token|id_token|id_token_hint|authorization|cookie|state"
)
_TOKEN: Final = re.compile(rf"\b({'|'.join(PREFIXES)})[A-Za-z0-9_-]{{16,}}")
_JWT: Final = re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_FIELD: Final = re.compile(
    rf"(?<![\w.-])({_NAMES})(['\"]?\s*[=:]\s*)(?:(?:Bearer|Basic|DPoP)\s+)?['\"]?[^\s'\"&,;}}]+",
    re.IGNORECASE,
)


def configure(level: str, form: Form) -> None:
    """Send this process's log to standard error; ``level`` is for our own lines.

    Libraries are heard from warnings on.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(form))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("gatelodge").setLevel(level.upper())


class Lines(logging.Formatter):
    """Formats one record as one line."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line end."""
        line = _members(record)
        if record.exc_info:
            line["error"] = redacted(self.formatException(record.exc_info))
        if self._form == "json":
            return msgspec.json.encode(line).decode()
        return _text(line)


def redacted(text: str) -> str:
    """The text with ``***`` in the place of each secret."""
    text = _TOKEN.sub(r"\1***", text)
    text = _JWT.sub("eyJ***", text)
    return _FIELD.sub(r"\1\2***", text)


def _members(record: logging.LogRecord) -> dict[str, Any]:
    fields = {name: getattr(record, name, None) for name in FIELDS}
    return {
        "at": iso(int(record.created * 1000)),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": redacted(record.getMessage()),
        **{name: value for name, value in fields.items() if value is not None},
    }


def _text(line: dict[str, Any]) -> str:
    """For people; only a traceback may have lines of its own."""
    fields = " ".join(f"{name}={line[name]}" for name in FIELDS if name in line)
    message = "".join(
        char if char.isprintable() else "\ufffd" for char in line["message"]
    )
    head = f"{line['at']} {line['level'].upper():7} {line['logger']}: {message}"
    told = f"{head} [{fields}]" if fields else head
    return f"{told}\n{line['error']}" if "error" in line else told
