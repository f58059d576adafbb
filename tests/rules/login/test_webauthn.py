"""What an authenticator may say, and everything it may not."""

from __future__ import annotations

import json

import msgspec
import pytest

from gatelodge.base.encoding import b64url
from gatelodge.login import webauthn
from tests.rules.ceremony import (
    ADA,
    SEALER,
    challenge,
    checked,
    created,
    creation,
    made,
    party,
    refused,
    signed,
)
from tests.rules.world import NOW
from tests.services.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
    as_bytes,
    changed,
)


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
