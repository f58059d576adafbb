"""Tests mirror rooms: whoever knows a room knows where its tests are."""

from __future__ import annotations

from pathlib import Path

from tests.house.sources import ROOT, SERVER
from tests.house.verdict import nothing

TESTS = ROOT / "tests"
# Rooms that are tested through another: endpoints are seen through the web, and what
# the model says is proved by the store that keeps it.
THROUGH = {"web": "protocol", "endpoints": "protocol", "model": "store"}


def test_every_room_has_its_tests():
    rooms = sorted(init.parent.name for init in SERVER.glob("*/__init__.py"))
    nothing(room for room in rooms if not any(_tested(p) for p in _places(room)))


def test_both_libraries_have_their_tests():
    nothing(name for name in ("guard", "app") if not _tested(TESTS / name))


def _places(room: str) -> tuple[Path, ...]:
    name = THROUGH.get(room, room)
    return TESTS / name, TESTS / "rules" / name


def _tested(folder: Path) -> bool:
    return any(folder.rglob("test_*.py"))
