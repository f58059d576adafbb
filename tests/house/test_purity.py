"""Rules take the time and random bytes as arguments; SQL and HTTP have one room each."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.sources import SERVER, below, functions, imported, packages
from tests.house.verdict import nothing

RULES = ("base", "model", "oauth", "login")
IMPURE = {
    "aiohttp", "argon2", "asyncio", "asyncpg", "concurrent", "glob", "httpx", "httpx2",
    "jinja2", "logging", "multiprocessing", "os", "pathlib", "random", "requests",
    "secrets", "shutil", "signal", "socket", "sqlite3", "ssl", "starlette",
    "subprocess", "tempfile", "threading", "time", "urllib.request", "uvicorn",
}  # fmt: skip
# Moments and random ids that a rule must be given, whatever module they come from.
CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "token_bytes", "urandom"}
SQL = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX))\b",
    re.DOTALL,
)


def test_rules_import_nothing_impure():
    found = [
        f"{source.place(node)} imports {name}"
        for source in below(*RULES)
        for node, name in imported(source.tree)
        if name in IMPURE or name.partition(".")[0] in IMPURE
    ]
    nothing(found)


def test_rules_never_ask_the_clock_or_the_dice():
    found = [
        source.place(node)
        for source in below(*RULES)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and _reaches_out(node.func)
    ]
    nothing(found)


def test_rules_are_synchronous():
    found = [
        source.place(node)
        for source in below(*RULES)
        for node in functions(source.tree)
        # A Protocol in base may describe an asynchronous port; it does nothing itself.
        if isinstance(node, ast.AsyncFunctionDef) and not _is_stub(node)
    ]
    nothing(found)


def test_sql_stands_in_the_store_alone():
    store = SERVER / "store"
    found = [
        source.place(node)
        for source in packages()
        if store not in source.path.parents
        for node, text in source.strings()
        if SQL.search(text)
    ]
    nothing(found)


def test_starlette_stands_in_the_web_room_alone():
    web = SERVER / "web"
    found = [
        source.place(node)
        for source in packages()
        if SERVER in source.path.parents and web not in source.path.parents
        for node, name in imported(source.tree)
        if name.partition(".")[0] == "starlette"
    ]
    nothing(found)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a\nFROM b",
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a=1",
        "DELETE FROM t",
    ],
)
def test_sql_is_known_when_seen(text):
    assert SQL.search(text)


@pytest.mark.parametrize("text", ["Select one from the list", "update your profile"])
def test_words_are_no_sql(text):
    assert not SQL.search(text)


def _reaches_out(func: ast.expr) -> bool:
    # ``clock.now()`` of a Protocol is a call of what was given; ``datetime.now`` is not.
    if not isinstance(func, ast.Attribute) or func.attr not in CALLS:
        return False
    owner = func.value
    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return name in {"datetime", "date", "uuid", "secrets", "os", "time"}


def _is_stub(node: ast.AsyncFunctionDef) -> bool:
    return all(isinstance(line, ast.Expr) for line in node.body)
