"""factors: what a person has set up, and removing what they have lost."""

from __future__ import annotations

import json

import pytest

from gatelodge.model.factor import Factor
from gatelodge.model.reads import FindPerson, ListFactors
from gatelodge.model.writes import InsertFactor, RecountFactors

ADA = "auth0|ada"


def factor(id_: str, kind: str, **more) -> InsertFactor:
    made = Factor(
        id=id_,
        user_id=ADA,
        kind=kind,
        created_at=1,
        confirmed_at=2,
        sealed=b"s",
        **more,
    )
    return InsertFactor(factor=made)


@pytest.fixture
def busy(tenant):
    tenant.write(
        factor("totp|dev_1", "totp"),
        factor("recovery-code|dev_2", "recovery", details={"digest": "d1gest"}),
        RecountFactors(user_id=ADA, at=5),
    )
    return tenant


def held(office):
    return [one.kind for one in office.ask(ListFactors(user_id=ADA))]


def second_factor(office):
    return office.ask(FindPerson(user_id=ADA)).user.second_factor_at


def test_factors_are_listed_without_their_secrets(busy):
    said = busy.says("factors", "list", "ada@example.com", "--json")
    assert {one["id"] for one in json.loads(said)} == {
        "totp|dev_1",
        "recovery-code|dev_2",
    }
    assert "d1gest" not in said
    assert "totp" in busy.says("factors", "list", "ada@example.com")


def test_what_was_lost_is_removed_and_nobody_asks_for_it(busy):
    assert second_factor(busy) == 2
    busy.says("factors", "remove", "ada@example.com", "totp|dev_1")
    assert held(busy) == ["recovery"]
    assert second_factor(busy) is None
    busy.says("factors", "remove", "ada@example.com", "--all")
    assert held(busy) == []


def test_what_is_not_there_is_said(busy):
    for code, arguments in (
        (1, ["totp|dev_9"]),
        (2, []),
        (2, ["totp|dev_1", "--all"]),
    ):
        busy.run("factors", "remove", "ada@example.com", *arguments, code=code)
    assert len(held(busy)) == 2
