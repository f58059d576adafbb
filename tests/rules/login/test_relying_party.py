"""Whose screens we believe, and for which domain keys are made."""

from __future__ import annotations

import pytest

from gatelodge.login.relying_party import (
    android_origin,
    relying_party,
)
from gatelodge.model.client import Android, Ios
from gatelodge.model.settings import Settings
from tests.rules.ceremony import (
    ISSUER,
    ORIGIN,
    OTHER_PRINT,
    PRINT,
    checked,
    created,
    made,
    refused,
    signed,
)
from tests.rules.world import client
from tests.services.authenticator import (
    Authenticator,
)


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
