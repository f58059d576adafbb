"""Proof key for code exchange: S256, and nothing else."""

from __future__ import annotations

import pytest

from gatelodge.base.errors import InvalidGrant, InvalidRequest
from gatelodge.oauth.pkce import challenge_of, check_challenge, check_verifier
from tests.rules.world import CHALLENGE, VERIFIER, challenge_for


@pytest.mark.rule("RFC7636-4.6")
def test_the_vector_of_appendix_b() -> None:
    assert challenge_of(VERIFIER) == CHALLENGE
    check_verifier(VERIFIER, CHALLENGE)
    assert check_challenge(CHALLENGE, "S256", required=True) == CHALLENGE


@pytest.mark.rule("RFC7636-4.6")
def test_another_verifier_does_not_fit() -> None:
    with pytest.raises(InvalidGrant) as caught:
        check_verifier("x" * 43, CHALLENGE)
    assert caught.value.says == "Failed to verify code verifier"
    assert caught.value.rule == "RFC7636-4.6"


@pytest.mark.rule("RFC7636-4.5")
@pytest.mark.parametrize(
    "verifier",
    [None, "", "x" * 42, "x" * 129, "x" * 43 + "\n", "x" * 42 + "é", "x" * 42 + "+"],
)
def test_a_missing_or_malformed_verifier(verifier: str | None) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_verifier(verifier, CHALLENGE)
    assert caught.value.rule == "RFC7636-4.5"
    assert "code_verifier" in caught.value.says


@pytest.mark.parametrize("verifier", ["x" * 43, "-._~" * 32])
def test_verifiers_of_43_to_128_characters(verifier: str) -> None:
    check_verifier(verifier, challenge_for(verifier))


@pytest.mark.rule("RFC9700-4.8.2")
def test_a_verifier_where_no_challenge_was_sent() -> None:
    check_verifier(None, None)
    with pytest.raises(InvalidGrant) as caught:
        check_verifier(VERIFIER, None)
    assert caught.value.rule == "RFC9700-4.8.2"


@pytest.mark.rule("RFC7636-4.4.1")
@pytest.mark.parametrize(("method", "required"), [(None, True), ("S256", False)])
def test_a_challenge_is_missing(method: str | None, required: bool) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_challenge(None, method, required=required)
    assert caught.value.rule == "RFC7636-4.4.1"


def test_no_challenge_where_none_is_required() -> None:
    assert check_challenge(None, None, required=False) is None


@pytest.mark.rule("RFC7636-4.2")
@pytest.mark.parametrize("method", [None, "plain", "s256", "S512"])
def test_plain_does_not_exist(method: str | None) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_challenge(CHALLENGE, method, required=False)
    assert caught.value.rule == "RFC7636-4.2"


@pytest.mark.rule("RFC7636-4.3")
@pytest.mark.parametrize(
    "challenge", ["", "x" * 42, "x" * 44, "x" * 42 + "=", "x" * 43 + "\n", "é" * 43]
)
def test_a_challenge_is_43_characters(challenge: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_challenge(challenge, "S256", required=True)
    assert caught.value.rule == "RFC7636-4.3"
