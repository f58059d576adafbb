"""Whatever an authenticator answers, it is read or refused; nothing else happens."""

from __future__ import annotations

import json
from typing import Any

from fido2 import cbor
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.login.webauthn_answer import read
from tests.rules.ceremony import checked, created, made, signed
from tests.services.authenticator import Authenticator, as_bytes, changed

KEY = Authenticator()
MADE = created(KEY)
FACTOR = made(KEY, MADE)
SIGNED = signed(KEY)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "rawId", "type", "response", "signature"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
CBOR: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=9) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.integers(-4, 4) | st.text(max_size=9), inner, max_size=5)
    ),
    max_leaves=10,
)


@st.composite
def bent(draw: st.DrawFn, text: str) -> str:
    """A part of an answer with some of its bytes changed, lost or added."""
    raw = bytearray(as_bytes(text))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw) - 1)) if raw else 0
        raw[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return b64url(bytes(raw))


@given(st.text() | JSON)
def test_any_answer_is_read_or_refused(sent: object) -> None:
    try:
        read(sent)
        read(json.dumps(sent))
    except WebauthnRefusal:
        pass


@given(bent(MADE["response"]["attestationObject"]))
def test_any_attestation_is_read_or_refused(part: str) -> None:
    try:
        factor = made(KEY, changed(MADE, attestationObject=part))
    except WebauthnRefusal:
        return
    assert factor.credential == MADE["id"]


@given(CBOR)
def test_any_cbor_is_no_attestation(value: object) -> None:
    data = as_bytes(MADE["response"]["attestationObject"])
    whole = cbor.decode(data)
    assert isinstance(whole, dict)
    key_at = 37 + 16 + 2 + len(KEY.credential_id)
    bad = whole["authData"][:key_at] + cbor.encode(value)
    for raw in (
        cbor.encode(value),
        cbor.encode({**whole, "authData": value}),
        cbor.encode({**whole, "authData": bad}),
    ):
        try:
            made(KEY, changed(MADE, attestationObject=b64url(raw)))
        except WebauthnRefusal:
            continue
        raise AssertionError(value)


@given(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), st.data())
def test_one_changed_byte_is_no_signature(part: str, data: st.DataObject) -> None:
    text = data.draw(bent(SIGNED["response"][part]))
    try:
        checked(FACTOR, changed(SIGNED, **{part: text}))
    except WebauthnRefusal:
        return
    assert text == SIGNED["response"][part]


@given(JSON)
def test_any_client_data_is_read_or_refused(said: object) -> None:
    screen = b64url(json.dumps(said).encode())
    try:
        checked(FACTOR, changed(SIGNED, clientDataJSON=screen))
    except WebauthnRefusal:
        return
    raise AssertionError(said)
