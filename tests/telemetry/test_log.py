"""Lines for operators: one each, with their ids, and no secret in them."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from gatelodge.base.encoding import b64url
from gatelodge.telemetry.log import Lines, redacted

LONG = b64url(bytes(range(32)))


def record(text: str, *words: object, **extra: object) -> logging.LogRecord:
    logger = logging.getLogger("gatelodge.web")
    return logger.makeRecord(
        logger.name, logging.INFO, "app.py", 1, text, words, None, extra=extra
    )


def test_text_has_moment_level_room_and_ids() -> None:
    made = record("refused by %s", "RFC6749-5.2", trace_id="ab12", rule="RFC6749-5.2")
    made.created = 1_790_000_000.25
    assert Lines("text").format(made) == (
        "2026-09-21T14:13:20.250Z INFO    gatelodge.web: refused by RFC6749-5.2"
        " [trace_id=ab12 rule=RFC6749-5.2]"
    )


def test_json_is_one_object_a_line() -> None:
    line = Lines("json").format(record("two\nlines", trace_id="ab12", other="left out"))
    assert "\n" not in line
    told = json.loads(line)
    assert (told["message"], told["trace_id"]) == ("two\nlines", "ab12")
    assert (told["level"], told["logger"]) == ("info", "gatelodge.web")
    assert "other" not in told


def test_nobody_else_writes_a_line() -> None:
    line = Lines("text").format(record("x\r\n2026 INFO forged\u2028\x1b[31m"))
    assert line.isprintable()


@pytest.mark.parametrize(
    "secret",
    [
        *(prefix + LONG for prefix in ("rt_", "ac_", "se_", "ti_", "cs_", "at_")),
        f"eyJhbGciOiJSUzI1NiJ9.{LONG}.{LONG}",
    ],
)
def test_tokens_are_taken_out_wherever_they_stand(secret) -> None:
    for text in (secret, f"got {secret}, sorry", f"?x={secret}&y=1", f"'{secret}'"):
        assert LONG not in redacted(text)
    assert redacted(f"got {secret}, sorry").endswith(", sorry")


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2hunter2",
        "{'password': 'hunter2hunter2'}",
        '{"client_secret":"hunter2hunter2"}',
        "Authorization: Bearer hunter2hunter2",
        "cookie: hunter2hunter2; a=b",
        "POST /x?code=hunter2hunter2&state=hunter2hunter2",
    ],
)
def test_credentials_are_taken_out_by_their_names(text) -> None:
    assert "hunter2" not in redacted(text)


def test_plain_words_stay() -> None:
    told = "refused by RFC6749-4.1.3.code: redirect_uri 'com.example.app:/cb' differs"
    assert redacted(told) == told


def test_a_traceback_keeps_its_lines_and_loses_its_secrets() -> None:
    try:
        int(f"rt_{LONG}")
    except ValueError:
        made = record("a mistake")
        made.exc_info = sys.exc_info()
    line = Lines("text").format(made)
    assert "\nValueError: invalid literal for int() with base 10: 'rt_***'" in line
    assert LONG not in line
    assert LONG not in Lines("json").format(made)
