"""What an API demands of an access token, claim by claim."""

from __future__ import annotations

import json

import pytest

from gatelodge_guard.errors import (
    ExpiredToken,
    ForbiddenHeader,
    InvalidToken,
    Mistake,
    WrongClaim,
)
from gatelodge_guard.verify import Rules

JWT = {"typ": "JWT"}


@pytest.fixture
def check(make_guard, key, claims):
    """Sign claims with changes and let a guard check them."""

    def run(*, header=None, guard=None, **changes):
        token = key.token(claims(**changes), header=header)
        return (guard or make_guard()).check(f"Bearer {token}")

    return run


def test_a_good_token_becomes_claims(check, kit, hands):
    accepted = check(permissions=["approve:timesheets"], email="ada@example.com")
    assert accepted.sub == "auth0|ada"
    assert accepted.client_id == "native-app"
    assert accepted.issuer == kit.ISSUER
    assert accepted.audience == (kit.AUDIENCE,)
    assert accepted.expires_at == hands.now + 600_000
    assert accepted.scopes == {"read:timesheets", "create:timesheets"}
    assert accepted.permissions == {"approve:timesheets"}
    assert accepted["email"] == "ada@example.com"


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_rfc_9068_form_is_accepted_by_both_kinds_of_guard(check, make_guard, typ):
    assert check(header={"typ": typ})
    assert check(header={"typ": typ}, guard=make_guard(strict=True))


@pytest.mark.parametrize("header", [JWT, {"typ": None}, {"typ": "jwt"}])
def test_auth0s_dialect_is_accepted_unless_strict(check, make_guard, header):
    assert check(header=header, client_id=None, azp="native-app", jti=None)
    with pytest.raises(ForbiddenHeader):
        check(header=header, guard=make_guard(strict=True))


@pytest.mark.parametrize(
    "typ", ["logout+jwt", "dpop+jwt", "secevent+jwt", "", 5, "JWE"]
)
def test_other_kinds_of_jwt_are_refused(check, typ):
    with pytest.raises(ForbiddenHeader):
        check(header={"typ": typ})


@pytest.mark.parametrize("name", ["client_id", "iat", "jti", "sub", "exp"])
def test_strict_demands_every_claim_of_rfc_9068(check, make_guard, name):
    with pytest.raises(WrongClaim) as refused:
        check(guard=make_guard(strict=True), **{name: None}, azp="native-app")
    assert refused.value.claim == name


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "native-app", "azp": None, "client_id": None},
        {
            "aud": ["https://api.test", "native-app"],
            "client_id": None,
            "azp": "native-app",
        },
        {"client_id": None, "azp": None},
        {"nonce": "n"},
        {"at_hash": "h"},
        {"c_hash": "h"},
        {"s_hash": "h"},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        {"client_id": ""},
        {"client_id": 7},
    ],
)
def test_an_id_token_or_logout_token_is_never_an_access_token(check, changes):
    with pytest.raises(WrongClaim):
        check(header=JWT, **changes)


def test_an_id_token_is_refused_even_where_the_audience_is_the_client(
    check, make_guard
):
    guard = make_guard(audience="native-app")
    for extra in ({"client_id": None}, {"client_id": None, "azp": "native-app"}):
        with pytest.raises(WrongClaim):
            check(guard=guard, header=JWT, aud="native-app", **extra)


@pytest.mark.parametrize(
    "iss",
    [
        "https://issuer.test",
        "https://ISSUER.test/",
        "https://evil.test/",
        None,
        5,
        ["https://issuer.test/"],
    ],
)
def test_the_issuer_is_one_exact_string(check, iss):
    with pytest.raises(WrongClaim) as refused:
        check(iss=iss)
    assert refused.value.claim == "iss"


def test_the_audience_may_stand_in_an_array(check):
    assert check(aud=["https://issuer.test/userinfo", "https://api.test"])


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.test",
        "https://api.test/",
        "https://api.test https://x",
        [],
        None,
        5,
        ["https://other.test"],
        ["https://api.test", 5],
        [["https://api.test"]],
    ],
)
def test_a_token_for_another_api_is_refused(check, aud):
    with pytest.raises(WrongClaim) as refused:
        check(aud=aud)
    assert refused.value.claim == "aud"
    assert (refused.value.status, refused.value.error) == (401, "invalid_token")


def test_expiry_is_exact_to_the_leeway(check, hands, make_guard):
    guard = make_guard(leeway=10)
    at = hands.now // 1000
    assert check(guard=guard, exp=at - 9)
    with pytest.raises(ExpiredToken):
        check(guard=guard, exp=at - 10)
    with pytest.raises(ExpiredToken):
        check(guard=make_guard(leeway=0), exp=at)


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_from_the_future_waits(check, hands, make_guard, name):
    guard = make_guard(leeway=10)
    at = hands.now // 1000
    assert check(guard=guard, **{name: at + 10})
    with pytest.raises(WrongClaim) as refused:
        check(guard=guard, **{name: at + 11})
    assert refused.value.claim == name


def test_a_number_beyond_all_numbers_is_no_time(make_guard, key, claims):
    head = json.dumps({"alg": "ES256", "kid": "k1", "typ": "at+jwt"})
    body = json.dumps(claims(exp=12345)).replace("12345", "1e999")
    token = key.assemble(head.encode(), body.encode())
    with pytest.raises(WrongClaim) as refused:
        make_guard().check(f"Bearer {token}")
    assert refused.value.claim == "exp"


@pytest.mark.parametrize("value", ["1", True, [1], {}])
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_a_time_is_a_finite_number(check, name, value):
    with pytest.raises(InvalidToken):
        check(**{name: value})


def test_fractions_of_seconds_are_understood(check, hands):
    assert check(exp=hands.now / 1000 + 1.5).expires_at == hands.now + 1500


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": ["read:timesheets"]},
        {"permissions": "all"},
        {"permissions": [1]},
        {"sub": ""},
        {"sub": 5},
        {"sub": None},
    ],
)
def test_claims_of_the_wrong_shape_are_refused(check, wrong):
    with pytest.raises(WrongClaim):
        check(**wrong)


def test_a_token_without_scope_allows_nothing(check):
    accepted = check(scope=None)
    assert accepted.scopes == accepted.permissions == frozenset()


@pytest.mark.parametrize(
    "wrong", [{"leeway": 61}, {"leeway": -1}, {"audience": ""}, {"issuer": ""}]
)
def test_rules_that_accept_too_much_are_a_mistake(kit, wrong):
    given = {"issuer": kit.ISSUER, "audience": kit.AUDIENCE} | wrong
    with pytest.raises(Mistake):
        Rules(**given)
