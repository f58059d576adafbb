"""What the app wishes of the sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.errors import ProtocolRefusal
from gatelodge.base.jose import Signer
from gatelodge.base.seal import Sealer
from gatelodge.keys import Keyring, make_key
from gatelodge.oauth.prompt import Wishes, own_id_token, read
from tests.rules.world import ISSUER, NOW

CLAIMS = {"iss": ISSUER, "sub": "auth0|ada", "aud": "phone", "exp": 5}


class Entropy:
    def draw(self, size: int) -> bytes:
        return bytes(size)


@pytest.fixture(scope="module")
def ring() -> Keyring:
    sealer = Sealer((b"k" * 32,))
    key = make_key("ES256", "current", sealer=sealer, entropy=Entropy(), now=NOW)
    return Keyring((key,), sealer)


@pytest.fixture
def signer(ring: Keyring) -> Signer:
    return ring.signer("ES256")


def wishes(keys: Any = (), **params: str) -> Wishes:
    return read(params, issuer=ISSUER, client_id="phone", hint_keys=keys)


def rule_of(keys: Any = (), **params: str) -> str:
    with pytest.raises(ProtocolRefusal) as caught:
        wishes(keys, **params)
    return caught.value.rule


def test_nothing_is_wished() -> None:
    assert wishes() == Wishes()
    assert not Wishes().silent
    assert not Wishes().wants_auth_time


@pytest.mark.rule("OIDC-3.1.2.1.prompt")
def test_prompts() -> None:
    assert wishes(prompt="login consent").prompt == {"login", "consent"}
    assert wishes(prompt="none").silent
    assert not wishes(prompt="login").silent
    assert rule_of(prompt="login dance") == "OIDC-3.1.2.1.prompt"
    assert rule_of(prompt="LOGIN") == "OIDC-3.1.2.1.prompt"


@pytest.mark.rule("OIDC-3.1.2.1.none")
def test_none_stands_alone() -> None:
    assert rule_of(prompt="none consent") == "OIDC-3.1.2.1.none"
    assert rule_of(prompt="none create") == "OIDC-3.1.2.1.none"


def test_signing_up() -> None:
    assert wishes(screen_hint="signup").signup
    assert wishes(screen_hint="signup").prompt == frozenset()
    assert not wishes(screen_hint="login").signup
    made = wishes(prompt="create")
    assert made.signup
    assert made.prompt == {"login"}  # whoever is signed in


@pytest.mark.rule("OIDC-3.1.2.1.max_age")
def test_max_age() -> None:
    assert wishes(max_age="0").max_age == 0
    assert wishes(max_age="0").wants_auth_time
    assert wishes(max_age="9999999999").max_age == 9_999_999_999
    for value in ("-1", "1.5", "x", "\u0661", "1" * 11, " 1", "1e3"):
        assert rule_of(max_age=value) == "OIDC-3.1.2.1.max_age"


def test_auth_time_is_wanted_when_it_is_asked_for() -> None:
    assert wishes(prompt="login").wants_auth_time
    assert wishes(claims='{"id_token": {"auth_time": null}}').wants_auth_time
    assert not wishes(claims='{"userinfo": {"auth_time": null}}').wants_auth_time


def test_hints_are_cut() -> None:
    found = wishes(login_hint="x" * 400, ui_locales="de en", acr_values="a")
    assert found.login_hint == "x" * 320
    assert found.ui_locales == "de en"


@pytest.mark.rule("OIDC-5.5.1.1")
@pytest.mark.parametrize("named", ['"value": "a"', '"values": ["a", "b"]'])
def test_a_demanded_acr_cannot_be_met_a_wish_can_be_passed_over(named) -> None:
    demand = f'{{"id_token": {{"acr": {{"essential": true, {named}}}}}}}'
    assert rule_of(claims=demand) == "OIDC-5.5.1.1"
    for wish in (
        demand.replace("true", "false"),
        demand.replace("id_token", "userinfo"),
        '{"id_token": {"acr": {"essential": true}}}',
        '{"id_token": {"acr": null}}',
    ):
        assert wishes(claims=wish).subject is None


@pytest.mark.rule("OIDC-5.5")
def test_claims() -> None:
    found = wishes(
        claims='{"id_token": {"email": {"essential": true}, "sub": {"value": "u"}},'
        ' "userinfo": {"name": null}, "x": 5}'
    )
    assert found.id_token_claims == ("email", "sub")
    assert found.userinfo_claims == ("name",)
    assert found.subject == "u"


@pytest.mark.rule("OIDC-5.5")
@pytest.mark.parametrize(
    "value",
    [
        "{",
        "[]",
        '"x"',
        '{"id_token": "x"}',
        '{"userinfo": [1]}',
        '{"id_token": 5}',
        "[" * 4000,
        '{"a":' * 1500,
        '{"a": "\\ud800"}',
        '{"a": 1e999}',
        "\ufeff{}",
    ],
)
def test_claims_that_cannot_be_read(value: str) -> None:
    assert rule_of(claims=value) == "OIDC-5.5"


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        '{"id_token": null, "userinfo": null}',
        '{"id_token": {"sub": {"value": 5}}}',
        '{"id_token": {"sub": {"values": ["a"]}}}',
        '{"id_token": {"sub": null}}',
        '{"id_token": {"sub": "ada"}}',
    ],
)
def test_claims_that_name_nobody(value: str) -> None:
    assert wishes(claims=value).subject is None


@pytest.mark.rule("OIDC-3.1.2.1.id_token_hint")
def test_an_id_token_of_ours_names_the_person(ring: Keyring, signer: Signer) -> None:
    found = wishes(ring.public_keys, id_token_hint=signer.token(CLAIMS))
    assert found.subject == "auth0|ada"  # expired long ago, and good all the same
    many = signer.token(CLAIMS | {"aud": ["x", "phone"]})
    assert wishes(ring.public_keys, id_token_hint=many).subject == "auth0|ada"
    both = wishes(
        ring.public_keys,
        id_token_hint=signer.token(CLAIMS),
        claims='{"id_token": {"sub": {"value": "eve"}}}',
    )
    assert both.subject == "auth0|ada"


@pytest.mark.rule("OIDC-3.1.2.1.id_token_hint")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example/"},
        {"aud": "other"},
        {"aud": [["phone"], {}]},
        {"aud": None},
        {"sub": 5},
        {"sub": None},
    ],
)
def test_hints_that_are_not_this_apps(
    ring: Keyring, signer: Signer, changes: dict[str, Any]
) -> None:
    token = signer.token(CLAIMS | changes)
    rule = rule_of(ring.public_keys, id_token_hint=token)
    assert rule == "OIDC-3.1.2.1.id_token_hint"


def test_only_our_own_id_tokens_are_read(ring: Keyring, signer: Signer) -> None:
    keys = ring.public_keys
    assert own_id_token(signer.token(CLAIMS), issuer=ISSUER, keys=keys) == CLAIMS
    for token in (
        signer.token(CLAIMS, typ="at+jwt"),
        signer.token(CLAIMS, typ="logout+jwt"),
        signer.token(CLAIMS)[:-4] + "AAAA",
        "x",
        "\ud800",
        "a.b.c",
        "",
    ):
        assert own_id_token(token, issuer=ISSUER, keys=keys) is None
    assert own_id_token(signer.token(CLAIMS), issuer=ISSUER, keys=()) is None
