"""Each question and write has a statement, a test, and only words both engines know."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from gatelodge.base.change import Question, Write
from gatelodge.base.errors import Mistake
from gatelodge.model import reads, writes
from gatelodge.store import migration
from gatelodge.store.postgres_plan import fused
from gatelodge.store.rows import arguments
from gatelodge.store.sqlite import SqliteDatabase
from gatelodge.store.statement import Snapshot, chosen
from gatelodge.store.statements import READINGS, WRITINGS
from tests.store import samples

HERE = Path(__file__).parent
# What CockroachDB, YugabyteDB, or one of our two engines does not have.
BANNED = re.compile(
    r"\b(SERIAL|BIGSERIAL|AUTOINCREMENT|ROWID|SKIP LOCKED|FOR UPDATE|LISTEN|NOTIFY"
    r"|ADVISORY\w*|PG_\w+|TEMP|TEMPORARY|LATERAL|UNLOGGED|CREATE FUNCTION"
    r"|CREATE TRIGGER|DEFERRABLE|BOOLEAN|TRUE|FALSE|JSONB?|NOW|CURRENT_TIMESTAMP"
    r"|ILIKE|GLOB|REPLACE INTO|OR REPLACE|OR IGNORE|IIF|GREATEST|LEAST|RETURNING)\b"
    r"|::|\?|@",
    re.IGNORECASE,
)
SWEPT = "saml_session posted_answer code ticket throttle unconfirmed_factor seen_jti session outgoing log expired_family revoked_family"
USERS_TABLES = (
    "saml_session password user_role user_permission consent ticket code session factor"
)


def subclasses(kind: type) -> set[type]:
    return {
        one for one in kind.__subclasses__() if one.__module__.startswith("gatelodge.")
    }


def asked_in_all_ways() -> list[Question]:
    """A question of every kind, and one for each choice of statement."""
    plain = {
        reads.FindPerson: {"user_id": "u"},
        reads.FindAccount: {"connection_id": "c", "identifier": "i"},
        reads.FindIdentity: {"connection_id": "c", "external_id": "e"},
        reads.FindByEmail: {"email_key": "e"},
        reads.ListWays: {"user_id": "u"},
        reads.DueDepartures: {"now": 1},
        reads.ListFactors: {"user_id": "u"},
        reads.FindCredential: {"credential": "c"},
        reads.FindTries: {"key": "k"},
        reads.FindPasskeyStanding: {"user_id": "u", "key": "k"},
        reads.ListSessions: {"user_id": "u"},
        reads.ListFamilies: {"user_id": "u"},
        reads.ListConsents: {"user_id": "u"},
        reads.FindSignedIn: {"digest": "d"},
        reads.FindSid: {"sid": "s"},
        reads.FindCode: {"digest": "d"},
        reads.FindFamily: {"family_id": "f"},
        reads.FindGrantee: {"user_id": "u", "client_id": "c", "now": 1},
        reads.FindBearer: {"user_id": "u"},
        reads.FindTicket: {"digest": "d", "purpose": "verify_email"},
        reads.ListSharedSessions: {"party": "p", "name_key": "k"},
        reads.ListSharing: {"sid": "s"},
        reads.FindAnswer: {"digest": "d"},
        reads.DueMail: {"now": 1},
        reads.DueTexts: {"now": 1},
        reads.SweepDue: {"what": "log", "before": "1"},
    }
    found = [kind(**plain.get(kind, {})) for kind in READINGS]
    found += [reads.SweepDue(what=one, before=1) for one in SWEPT.split()]
    for kind in (reads.ListLog, reads.TailLog):
        found += [kind(type="f"), kind(user_id="u"), kind(type="f", user_id="u")]
    return found


def reading_texts() -> list[tuple[str, str]]:
    texts = []
    for question in asked_in_all_ways():
        reading, name = READINGS[type(question)], type(question).__name__
        if isinstance(reading, Snapshot):
            texts += [(name, text) for text in reading.texts]
        else:
            texts.append((name, chosen(reading.text, question)))
    return texts


def writing_texts() -> list[tuple[str, str]]:
    deletes = [
        writes.DeleteUserRows(table=one, user_id="u") for one in USERS_TABLES.split()
    ]
    sweeps = [samples.sweep(one, 1) for one in SWEPT.split()]
    return [
        (kind.__name__, text)
        for kind, text in WRITINGS.items()
        if isinstance(text, str)
    ] + [
        (type(one).__name__, chosen(WRITINGS[type(one)], one))
        for one in (*deletes, *sweeps)
    ]


def test_every_question_and_write_has_a_statement():
    assert set(READINGS) == subclasses(Question)
    assert set(WRITINGS) == subclasses(Write)


@pytest.mark.parametrize(
    "name", sorted(one.__name__ for one in subclasses(Question) | subclasses(Write))
)
def test_every_question_and_write_has_a_test(name):
    suites = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    used = re.compile(rf"\b(?:reads|writes)\.{name}\(")
    assert any(used.search(path.read_text("utf-8")) for path in suites)


@pytest.mark.parametrize(("name", "text"), reading_texts() + writing_texts())
def test_a_statement_uses_only_what_every_engine_has(name, text):
    assert not BANNED.search(text.replace("database_clock()", ""))
    assert ("OFFSET" in text) == (name == "EndOldestFamilies")
    assert text.count(";") == 0


@pytest.mark.parametrize("step", migration.timeline(), ids=lambda step: step.name)
def test_a_migration_uses_only_what_every_engine_has(step):
    plain = migration.Migration(
        step.name, re.sub(r"-- (sqlite|postgres):.*", "", step.text), ""
    )
    for text in plain.statements("postgres"):
        assert not BANNED.search(text)
        types = set(re.findall(r"^  \w+ ([A-Z]+)", text, re.MULTILINE))
        assert types <= {"TEXT", "BIGINT", "BYTEA", "KEY"}


def test_the_lint_sees_what_it_bans():
    for bad in ("SELECT x::TEXT", "id SERIAL", "SELECT 1 FOR UPDATE SKIP LOCKED", "?"):
        assert BANNED.search(bad)


@pytest.mark.parametrize(("name", "text"), writing_texts())
def test_a_write_uses_each_of_its_parameters(name, text):
    """PostgreSQL cannot tell the type of a parameter that is not used."""
    used = {int(mark) for mark in re.findall(r"\$(\d+)", text)}
    assert used == set(range(1, len(used) + 1))


@pytest.fixture
async def planner(tmp_path):
    database = SqliteDatabase(str(tmp_path / "plans.db"))
    await database.migrate()
    await database.close()
    connection = sqlite3.connect(tmp_path / "plans.db")
    yield lambda text: [
        row[3]
        for row in connection.execute(
            f"EXPLAIN QUERY PLAN {text}", {str(n): None for n in range(1, 30)}
        )
    ]
    connection.close()


WHOLE = {"LoadCatalogue", "Pulse", "BumpCatalogue"}


@pytest.mark.parametrize(
    ("name", "text"),
    [one for one in reading_texts() + writing_texts() if one[0] not in WHOLE],
)
async def test_rows_are_found_by_an_index_and_never_by_looking_at_all(
    planner, name, text
):
    plan = planner(text.replace("database_clock()", "NULL"))
    scans = [
        step
        for step in plan
        if step.startswith("SCAN")
        and not re.match(
            r"SCAN (page|s|\(?\w*subquery\S*|CONSTANT ROW|\d+ CONSTANT)", step
        )
    ]
    if name in {"ListLog", "TailLog", "ListMail"}:
        scans = [
            step for step in scans if "USING INDEX" not in step and step != "SCAN log"
        ]
    assert scans == [], plan
    ordered = {"ListSessions", "ListFamilies", "ListLog", "TailLog", "ListMail"}
    if name in ordered | {"Sweep", "SweepDue", "SweepIdleFamilies"}:
        assert not [
            step for step in plan if step.strip("USE ") == "TEMP B-TREE FOR ORDER BY"
        ]


def test_writes_to_different_tables_travel_together_in_order_of_their_parameters():
    log = writes.AppendLog(line=samples.line())
    spend = writes.SpendJti(key="k", expires_at=1)
    steps = [
        (WRITINGS[type(one)], arguments(one), one.must) for one in (spend, log, log)
    ]
    whole = fused(steps)
    assert whole is not None
    text, values = whole
    assert values == arguments(spend) + arguments(log) * 2
    assert "VALUES ($1, $2)" in text
    assert "VALUES ($12, $13" in text
    assert text.count("guard lost") == 1


def test_writes_to_one_table_keep_their_order():
    insert = writes.InsertFamily(family=samples.family())
    end = writes.EndFamily(family_id="f", at=1, reason="r")
    for pair in ((insert, end), (end, insert), (end, end)):
        steps = [(WRITINGS[type(one)], arguments(one), one.must) for one in pair]
        assert fused(steps) is None


def test_what_is_swept_is_written_down():
    for one in (samples.sweep("x", 1), reads.SweepDue(what="x", before=1)):
        table = WRITINGS if isinstance(one, Write) else READINGS
        found = table[type(one)]
        with pytest.raises(Mistake):
            chosen(getattr(found, "text", found), one)


def test_the_tables_of_a_person_are_the_ones_written_down():
    with pytest.raises(Mistake):
        chosen(
            WRITINGS[writes.DeleteUserRows],
            writes.DeleteUserRows(table="x", user_id="u"),
        )
