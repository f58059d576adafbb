"""Each rule in code is in the ledger; each MUST that is done is in code and tested."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from scripts import conformance, ledger
from tests.house.sources import ROOT, Source, packages, suite
from tests.house.verdict import nothing

FOLDER = ROOT / "docs" / "rules"
_ID = re.compile(r"(RFC\d{4}|OIDC|House|WebAuthn)-[A-Za-z0-9._-]+")
GOOD = """
document = "RFC 7636"
title = "Proof Key for Code Exchange"
[[rule]]
id = "RFC7636-4.6"
section = "4.6"
level = "MUST"
wording = "Only the app that asked may redeem the code."
standing = "done"
"""


@pytest.fixture(scope="module")
def rules() -> dict[str, ledger.Rule]:
    return {rule.id: rule for page in ledger.read(FOLDER) for rule in page.rules}


def test_every_rule_in_code_is_in_the_ledger(rules):
    in_code = {rule: where for source in packages() for rule, where in named(source)}
    nothing(f"{rule} in {in_code[rule]}" for rule in set(in_code) - set(rules))


def test_every_rule_that_a_test_proves_is_in_the_ledger(rules):
    nothing(marked() - set(rules))


def test_every_must_that_is_done_has_a_test(rules):
    musts = {r.id for r in rules.values() if (r.level, r.standing) == ("MUST", "done")}
    nothing(musts - marked())


def test_what_is_not_done_is_not_in_code(rules):
    in_code = {rule for source in packages() for rule, _ in named(source)}
    planned = {rule.id for rule in rules.values() if rule.standing == "planned"}
    nothing(planned & in_code)


def test_no_id_is_given_twice():
    ids = [rule.id for page in ledger.read(FOLDER) for rule in page.rules]
    nothing(id_ for id_ in ids if ids.count(id_) > 1)


def test_the_page_is_current():
    assert (ROOT / conformance.PAGE).read_text() == conformance.page(ROOT)


def test_a_good_document_is_read(tmp_path):
    (tmp_path / "rfc7636.toml").write_text(GOOD)
    (page,) = ledger.read(tmp_path)
    assert (page.document, page.rules[0].id) == ("RFC 7636", "RFC7636-4.6")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('level = "MUST"', 'level = "ought"'),
        ('standing = "done"', 'standing = "soon"'),
        ('section = "4.6"', ""),
        ('section = "4.6"', "section = 4.6"),
        ('section = "4.6"', 'section = "4.6"\nnote = "x"'),
        ('id = "RFC7636-4.6"', 'id = "RFC6749-4.6"'),
        ('document = "RFC 7636"', ""),
        ('title = "Proof', 'titel = "Proof'),
        ("[[rule]]", "[[rule]"),
    ],
)
def test_a_malformed_document_is_refused(tmp_path, old, new):
    (tmp_path / "rfc7636.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(ledger.Malformed, match=r"rfc7636\.toml"):
        ledger.read(tmp_path)


def named(source: Source) -> Iterator[tuple[str, str]]:
    """Each rule's id in this module: what is passed as ``rule``, or looks like an id."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.keyword) and node.arg == "rule":
            for text in _texts(node.value):
                yield text, source.place(node.value)
    for node, text in source.strings():
        if _ID.fullmatch(text):
            yield text, source.place(node)


def marked() -> set[str]:
    """Each rule that a test claims with ``@pytest.mark.rule("…")``."""
    return {
        text
        for source in suite()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr, getattr(node.func.value, "attr", "")) == ("rule", "mark")
        for argument in node.args
        for text in _texts(argument)
    }


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
