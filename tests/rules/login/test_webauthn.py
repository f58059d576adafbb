"""What an authenticator may say, and everything it may not."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from fido2 import cbor

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.base.seal import Sealer
from gatelodge.login import webauthn
from gatelodge.login.relying_party import (
    RelyingParty,
    android_origin,
    relying_party,
)
from gatelodge.login.webauthn_answer import Proof, read, register, verify
from gatelodge.model.client import Android, Ios
from gatelodge.model.factor import Factor
from gatelodge.model.settings import Settings
from tests.rules.world import NOW, client
from tests.services.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
    as_bytes,
    changed,
)

ISSUER = "https://id.example.com/"
ORIGIN = "https://id.example.com"
ADA = "auth0|ada"
PRINT = ":".join(f"{byte:02X}" for byte in range(32))
OTHER_PRINT = ":".join(f"{byte:02X}" for byte in range(32, 64))
SEALER = Sealer((b"k" * 32,))


def party(**changes: Any) -> RelyingParty:
    found = relying_party(ISSUER, Settings(**changes))
    assert found is not None
    return found


def challenge(number: int = 1, subject: str = "here") -> webauthn.Challenge:
    return webauthn.begin(bytes([number]) * 32, subject=subject, expires_at=NOW + 1)


def made(key: Authenticator, sent: Any = None, **changes: Any) -> Factor:
    """Register a key as ``register`` is asked to, with changes."""
    asked = {"party": party(), "challenge": challenge(), "must_verify": True} | changes
    return register(
        read(created(key) if sent is None else sent),
        **asked,
        user_id=ADA,
        kind="passkey",
        factor_id="fac_1",
        name="Phone",
        now=NOW,
    )


def created(key: Authenticator, origin: str = ORIGIN, **how: Any) -> dict[str, Any]:
    return key.create(creation(), origin, **how)


def creation(**changes: Any) -> dict[str, Any]:
    return webauthn.creation_options(
        party(),
        challenge(),
        user_id=ADA,
        label="ada@example.com",
        display_name="Ada",
        **changes,
    )


def signed(key: Authenticator, origin: str = ORIGIN, **how: Any) -> dict[str, Any]:
    return key.get(webauthn.request_options(party(), challenge()), origin, **how)


def checked(factor: Factor, sent: dict[str, Any], **changes: Any) -> Proof:
    asked: dict[str, Any] = {"party": party(), "challenge": challenge()} | changes
    return verify(read(sent), factor, now=NOW, **asked)


def refused(rule: str) -> Any:
    return pytest.raises(WebauthnRefusal, check=lambda error: error.rule == rule)


@pytest.mark.parametrize("algorithm", webauthn.ALGORITHMS)
@pytest.mark.parametrize("synced", [False, True])
def test_a_key_is_made_and_signs_in(algorithm: int, *, synced: bool) -> None:
    key = Authenticator(algorithm=algorithm, synced=synced)
    factor = made(key)
    assert (factor.user_id, factor.kind, factor.confirmed_at) == (ADA, "passkey", NOW)
    proof = checked(factor, signed(key))
    assert (proof.verified, proof.synced) == (True, synced)
    assert (proof.use.seen_counter, proof.use.counter) == (0, 1)


def test_an_answer_may_come_as_its_json_text() -> None:
    key = Authenticator()
    factor = made(key, json.dumps(created(key)))
    assert factor.credential == b64url(key.credential_id)


def test_no_name_is_in_the_handle() -> None:
    options = creation()
    assert ADA.encode() not in as_bytes(options["user"]["id"])
    assert webauthn.handle_of(ADA) == options["user"]["id"]
    assert webauthn.handle_of("auth0|bob") != options["user"]["id"]


def test_a_stranger_is_shown_no_keys() -> None:
    key = Authenticator()
    factor = made(key)
    assert "allowCredentials" not in webauthn.request_options(party(), challenge())
    (listed,) = creation(known=(factor,))["excludeCredentials"]
    assert listed["id"] == factor.credential
    elsewhere = msgspec.structs.replace(factor, details={"rp_id": "example.org"})
    assert creation(known=(elsewhere,))["excludeCredentials"] == []


# -- challenges ----------------------------------------------------------------------


@pytest.mark.rule("WebAuthn-13.4.3")
def test_a_challenge_is_for_one_purpose_and_a_short_while() -> None:
    sealed = webauthn.seal(challenge(subject="here"), SEALER, b"n" * 12)
    opened = webauthn.unseal(sealed, SEALER, subject="here", now=NOW)
    assert opened == challenge(subject="here")
    assert opened.spend().key == challenge(subject="there").spend().key
    for text, subject, now in (
        (sealed, "there", NOW),
        (sealed, "here", NOW + 1),
        (sealed[:-1], "here", NOW),
        ("", "here", NOW),
        ("é" * 5000, "here", NOW),
    ):
        with refused("WebAuthn-13.4.3"):
            webauthn.unseal(text, SEALER, subject=subject, now=now)


@pytest.mark.rule("WebAuthn-7.1.challenge")
def test_an_answer_to_another_challenge_is_refused() -> None:
    key = Authenticator()
    with refused("WebAuthn-7.1.challenge"):
        made(key, challenge=challenge(2))
    factor = made(key)
    with refused("WebAuthn-7.1.challenge"):
        checked(factor, signed(key), challenge=challenge(2))


# -- screens -------------------------------------------------------------------------


@pytest.mark.rule("WebAuthn-7.1.origin")
@pytest.mark.parametrize(
    "origin",
    [
        "https://id.example.com.evil.org",
        "https://example.com",
        "http://id.example.com",
        "https://id.example.com:8443",
        "https://id.example.com/",
        "HTTPS://ID.EXAMPLE.COM",
        "null",
        "",
        android_origin(PRINT),
        "ios:bundle-id:com.example.app",
    ],
)
def test_only_our_own_screen_is_believed(origin: str) -> None:
    key = Authenticator()
    with refused("WebAuthn-7.1.origin"):
        made(key, created(key, origin))
    factor = made(key)
    with refused("WebAuthn-7.1.origin"):
        checked(factor, signed(key, origin))


def test_a_client_s_own_apps_are_believed_and_no_other_s() -> None:
    android = Android(package_name="com.example", fingerprints=(PRINT, "rubbish"))
    phone = client(
        options={"android": android, "ios": Ios(team_id="T", bundle_id="com.example")},
        origins=("https://app.id.example.com", "https://elsewhere.org", "ionic://x"),
    )
    settings = Settings()
    own = relying_party(ISSUER, settings, client=phone)
    assert own is not None
    assert own.origins == {
        ORIGIN,
        "https://app.id.example.com",
        android_origin(PRINT),
    }
    other = Android(package_name="com.other", fingerprints=(OTHER_PRINT,))
    stranger = relying_party(
        ISSUER, settings, client=client(options={"android": other})
    )
    key = Authenticator()
    factor = made(key, created(key, str(android_origin(PRINT))), party=own)
    answer = signed(key, str(android_origin(PRINT)))
    with refused("WebAuthn-7.1.origin"):
        checked(factor, answer, party=stranger)
    assert checked(factor, answer, party=own).verified


def test_an_iphone_names_the_domain_that_is_set() -> None:
    ios = client(options={"ios": Ios(team_id="T", bundle_id="com.example")})
    settings = Settings(passkey_rp_id="example.com")
    wide = relying_party(ISSUER, settings, client=ios)
    assert wide is not None
    assert (wide.id, "https://example.com" in wide.origins) == ("example.com", True)
    without = relying_party(ISSUER, settings, client=client())
    assert without is not None
    assert without.origins == {ORIGIN}


@pytest.mark.parametrize(
    ("issuer", "wanted", "rp_id"),
    [
        ("http://localhost:8080/", None, "localhost"),
        ("https://id.example.com/", "example.com", "example.com"),
        ("https://id.example.com/", "com", "id.example.com"),
        ("https://id.example.com/", "ample.com", "id.example.com"),
        ("https://id.example.com/", "x.id.example.com", "id.example.com"),
    ],
)
def test_the_domain_is_ours_or_a_parent_of_it(
    issuer: str, wanted: str | None, rp_id: str
) -> None:
    found = relying_party(issuer, Settings(passkey_rp_id=wanted))
    assert found is not None
    assert found.id == rp_id


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080/", "http://[::1]:8080/"])
def test_an_address_is_no_domain(issuer: str) -> None:
    assert relying_party(issuer, Settings()) is None


@pytest.mark.rule("WebAuthn-7.1.cross-origin")
@pytest.mark.parametrize("said", [True, "false", 1, None])
def test_nothing_counts_that_was_asked_in_a_frame(said: object) -> None:
    key = Authenticator()
    factor = made(key)
    with refused("WebAuthn-7.1.cross-origin"):
        checked(factor, signed(key, client_data={"crossOrigin": said}))


@pytest.mark.rule("WebAuthn-7.1.type")
def test_making_a_key_is_not_signing_in() -> None:
    key = Authenticator()
    with refused("WebAuthn-7.1.type"):
        made(key, created(key, client_data={"type": "webauthn.get"}))
    factor = made(key)
    with refused("WebAuthn-7.1.type"):
        checked(factor, signed(key, client_data={"type": "webauthn.create"}))


# -- what the authenticator says -----------------------------------------------------


@pytest.mark.rule("WebAuthn-7.1.rp-id")
def test_a_key_of_another_domain_is_refused() -> None:
    key = Authenticator()
    with refused("WebAuthn-7.1.rp-id"):
        made(key, created(key, rp_id="example.org"))
    factor = made(key)
    with refused("WebAuthn-7.1.rp-id"):
        checked(factor, signed(key, rp_id="example.com"))


@pytest.mark.rule("WebAuthn-7.1.presence")
@pytest.mark.rule("WebAuthn-7.1.verification")
@pytest.mark.rule("WebAuthn-7.1.backup")
@pytest.mark.parametrize(
    ("flags", "rule"),
    [
        (VERIFIED, "WebAuthn-7.1.presence"),
        (PRESENT, "WebAuthn-7.1.verification"),
        (PRESENT | VERIFIED | BACKED_UP, "WebAuthn-7.1.backup"),
    ],
)
def test_flags_that_are_not_enough(flags: int, rule: str) -> None:
    key = Authenticator()
    with refused(rule):
        made(key, created(key, flags=flags))
    factor = made(key)
    with refused(rule):
        checked(factor, signed(key, flags=flags))


def test_a_second_factor_may_do_without_recognition() -> None:
    key = Authenticator()
    factor = made(key, created(key, flags=PRESENT), must_verify=False)
    proof = checked(factor, signed(key, flags=PRESENT), must_verify=False)
    assert not proof.verified


@pytest.mark.rule("WebAuthn-7.2.handle")
def test_a_key_that_names_another_person_is_refused() -> None:
    key = Authenticator()
    factor = made(key)
    other = webauthn.handle_of("auth0|bob")
    for discovered in (True, False):
        with refused("WebAuthn-7.2.handle"):
            checked(factor, signed(key, handle=other), discovered=discovered)
    unnamed = changed(signed(key), userHandle=None)
    with refused("WebAuthn-7.2.handle"):
        checked(factor, unnamed)
    assert checked(factor, unnamed, discovered=False).verified


@pytest.mark.rule("WebAuthn-7.2.signature")
def test_only_the_registered_key_signs() -> None:
    key, other = Authenticator(1), Authenticator(1)
    factor = made(key)
    made(other)
    with refused("WebAuthn-7.2.signature"):
        checked(factor, signed(other))
    broken = b64url(b"\x00" + as_bytes(signed(key)["response"]["signature"])[1:])
    with refused("WebAuthn-7.2.signature"):
        checked(factor, changed(signed(key), signature=broken))
    for lost in ({}, {"public_key": "AA"}, {"public_key": "!"}):
        details = {"handle": factor.details["handle"], **lost}
        with refused("WebAuthn-7.2.signature"):
            checked(msgspec.structs.replace(factor, details=details), signed(key))


@pytest.mark.rule("WebAuthn-7.2.backup")
@pytest.mark.parametrize("synced", [False, True])
def test_a_key_does_not_begin_to_travel(*, synced: bool) -> None:
    key = Authenticator(synced=synced)
    factor = made(key)
    flags = PRESENT | VERIFIED | (0 if synced else ELIGIBLE)
    with refused("WebAuthn-7.2.backup"):
        checked(factor, signed(key, flags=flags))


def test_a_key_may_be_backed_up_later() -> None:
    key = Authenticator()
    factor = made(key, created(key, flags=PRESENT | VERIFIED | ELIGIBLE))
    assert factor.details["backed_up"] is False
    proof = checked(
        factor, signed(key, flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP)
    )
    assert proof.use.details["backed_up"] is True


@pytest.mark.rule("WebAuthn-7.2.counter")
@pytest.mark.parametrize("counter", [0, 6, 7])
def test_a_counter_that_does_not_rise_is_refused(counter: int) -> None:
    key = Authenticator()
    factor = msgspec.structs.replace(made(key), counter=7)
    key.counter = counter - 1
    key.counts = counter > 0
    key.counter = max(key.counter, 0)
    with refused("WebAuthn-7.2.counter"):
        checked(factor, signed(key))


def test_a_key_without_a_counter_is_fine() -> None:
    key = Authenticator(counts=False, synced=True)
    factor = made(key)
    assert checked(factor, signed(key)).use.counter == 0


# -- what cannot be read -------------------------------------------------------------

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
