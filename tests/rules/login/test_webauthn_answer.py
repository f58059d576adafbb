"""Bytes that are not what they should be."""

from __future__ import annotations

from typing import Any

import pytest
from fido2 import cbor

from gatelodge.base.encoding import b64url
from tests.rules.ceremony import (
    ORIGIN,
    checked,
    created,
    creation,
    made,
    refused,
    signed,
)
from tests.services.authenticator import (
    Authenticator,
    changed,
)

KEY = Authenticator(9)
DEEP = b"\x81" * 12_000
BAD_OBJECTS = [
    b"",
    b"\xa0",
    b"\xff",
    DEEP,
    b"\x9b" + b"\xff" * 8,
    b"\xbb" + b"\xff" * 8,
    cbor.encode({"fmt": "none", "attStmt": {}, "authData": b"short"}),
    cbor.encode({"fmt": "none", "attStmt": {}, "authData": 7}),
    cbor.encode(["none"]),
    b"\xa1\x80\x00",
]


@pytest.mark.rule("WebAuthn-5.1")
@pytest.mark.parametrize("raw", BAD_OBJECTS)
def test_an_attestation_that_cannot_be_read(raw: bytes) -> None:
    with refused("WebAuthn-5.1"):
        made(KEY, changed(created(KEY), attestationObject=b64url(raw)))
    with refused("WebAuthn-5.1"):
        made(KEY, changed(created(KEY), attestationObject="A" * 20_000))


@pytest.mark.parametrize(
    "key",
    [
        {**KEY.public, 3: -65535},
        {**KEY.public, -2: b"\x01" * 32},
        {**KEY.public, -1: 2},
        {1: 2, 3: -7},
        {1: 1, 3: -8, -1: 6, -2: b"x"},
        {1: 3, 3: -257, -1: b"\xff" * 64, -2: b"\x01\x00\x01"},
        {1: 3, 3: -257, -1: b"\xff" * 2048, -2: b"\x01\x00\x01"},
        {1: 3, 3: -257, -1: b"\xff" * 256, -2: b"\xff" * 256},
        {1: 3, 3: -257, -1: 7, -2: 3},
        {3: "RS256"},
    ],
)
def test_a_key_that_nothing_can_be_checked_with(key: Any) -> None:
    with refused("WebAuthn-5.1"):
        made(KEY, KEY.create(creation(), ORIGIN, key=key))


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        "{",
        "[" * 20_000,
        "x" * 40_000,
        [],
        {},
        {"id": "AA", "rawId": "AA", "type": "public-key"},
        {**created(KEY), "type": "password"},
        {**created(KEY), "id": "AAAA"},
        {**created(KEY), "id": "", "rawId": ""},
        {**created(KEY), "id": "A" * 2000, "rawId": "A" * 2000},
        {**created(KEY), "id": "A=", "rawId": "A="},
        {**created(KEY), "response": {"clientDataJSON": 7}},
        changed(created(KEY), clientDataJSON="e30"),
        changed(created(KEY), clientDataJSON="W10"),
        changed(created(KEY), clientDataJSON="//"),
        changed(created(KEY), clientDataJSON=b64url(b"{" * 9000)),
        changed(created(KEY), clientDataJSON=b64url(b'{"type":1,"challenge":2}')),
        changed(created(KEY), attestationObject=None),
    ],
)
def test_an_answer_that_cannot_be_read(sent: object) -> None:
    with refused("WebAuthn-5.1"):
        made(KEY, sent if sent is not None else 7)


def test_a_key_with_another_id_is_refused() -> None:
    sent = {**created(KEY), "id": "AAAA", "rawId": "AAAA"}
    with refused("WebAuthn-5.1"):
        made(KEY, sent)


@pytest.mark.parametrize("part", ["authenticatorData", "signature"])
def test_a_part_that_is_missing(part: str) -> None:
    key = Authenticator()
    factor = made(key)
    with refused("WebAuthn-5.1"):
        checked(factor, changed(signed(key), **{part: None}))
