"""Ending a refresh token on request."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.model.reads import FamilyBundle
from gatelodge.model.writes import (
    AppendLog,
    DeleteGrantCodes,
    EndFamily,
    EndGrantFamilies,
    WithdrawConsent,
)
from gatelodge.oauth.revocation import revoke
from tests.rules import world
from tests.rules.world import API, FAMILY_ID, KEYS, NOW, SEED


def revoked(
    *, generation: int = 3, seed: bytes = SEED, settings: Any = None, **row: Any
):
    shown = KEYS.read(KEYS.mint(FAMILY_ID, seed=seed, generation=generation))
    assert shown is not None
    bundle = FamilyBundle(family=world.family(**row), person=world.person())
    return revoke(
        None if row.get("id") == "gone" else bundle,
        shown,
        client=world.client(),
        catalogue=world.catalogue(settings=settings),
        tokens=KEYS,
        witness=world.witness(),
    ).writes


@pytest.mark.parametrize("generation", [1, 3, 7])
def test_any_generation_ends_its_family(generation: int) -> None:
    ended, log = revoked(generation=generation)
    assert isinstance(ended, EndFamily)
    assert (ended.family_id, ended.at) == (FAMILY_ID, NOW)
    assert isinstance(log, AppendLog)
    assert log.line.type == "srrt"
    assert log.line.details["family_id"] == FAMILY_ID


@pytest.mark.parametrize(
    "given",
    [
        {"id": "gone"},
        {"seed": bytes(32)},
        {"client_id": "other"},
        {"revoked_at": 5},
    ],
)
def test_unknown_and_foreign_tokens_change_nothing(given: dict[str, Any]) -> None:
    assert revoked(**given) == ()


@pytest.mark.parametrize(("audience", "key"), [(API, API), (None, "")])
def test_with_the_setting_the_consent_goes_too(audience: str | None, key: str) -> None:
    writes = revoked(settings={"revoke_refresh_token_grant": True}, audience=audience)
    kinds = [type(one) for one in writes]
    assert kinds == [
        EndFamily,
        WithdrawConsent,
        DeleteGrantCodes,
        EndGrantFamilies,
        AppendLog,
    ]
    assert writes[1].audience == writes[2].audience == key
