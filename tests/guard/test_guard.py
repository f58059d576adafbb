"""The one object: what it takes, what it remembers, what it answers."""

from __future__ import annotations

import json
import logging

import pytest

from gatelodge_guard import Guard
from gatelodge_guard.errors import (
    ExpiredToken,
    ForbiddenAlgorithm,
    InvalidRequest,
    KeysUnavailable,
    Mistake,
    NoCredentials,
    UnknownKey,
    WrongClaim,
)

SECRET = "the-secret-of-this-api-32-bytes-long"


def test_keys_may_be_given_and_then_nothing_is_fetched(kit, key, claims, hands):
    guard = Guard(
        issuer=kit.ISSUER,
        audience=kit.AUDIENCE,
        jwks={"keys": [key.jwk()]},
        clock=hands,
    )
    assert guard.check(f"Bearer {key.token(claims())}")
    with pytest.raises(UnknownKey):
        guard.check(f"Bearer {key.token(claims(), header={'kid': 'k2'})}")


async def test_both_ways_to_check_agree(make_guard, key, claims):
    guard = make_guard()
    header = f"Bearer {key.token(claims())}"
    assert await guard.check_async(header) == guard.check([header])
    for bad, kind in ((None, NoCredentials), ([header, header], InvalidRequest)):
        with pytest.raises(kind):
            guard.check(bad)
        with pytest.raises(kind):
            await guard.check_async(bad)
    wrong = f"Bearer {key.token(claims(), header={'kid': 'k2'})}"
    with pytest.raises(UnknownKey):
        await guard.check_async(wrong)


async def test_given_keys_serve_tasks_too(kit, key, claims, hands):
    guard = Guard(
        issuer=kit.ISSUER,
        audience=kit.AUDIENCE,
        jwks={"keys": [key.jwk()]},
        clock=hands,
    )
    assert await guard.check_async(f"Bearer {key.token(claims())}")


def test_a_secret_is_for_hs256_alone(kit, key, claims, hands):
    guard = Guard(issuer=kit.ISSUER, audience=kit.AUDIENCE, secret=SECRET, clock=hands)
    header = {"alg": "HS256", "typ": "JWT"}
    said = claims(client_id=None, azp="native-app")
    assert guard.check(f"Bearer {kit.hmac_token(SECRET.encode(), said, header)}")
    with pytest.raises(ForbiddenAlgorithm):
        guard.check(f"Bearer {key.token(claims())}")


def test_hs256_is_refused_where_keys_are_public(kit, make_guard, claims):
    token = kit.hmac_token(SECRET.encode(), claims(), {"alg": "HS256", "kid": "k1"})
    with pytest.raises(ForbiddenAlgorithm):
        make_guard().check(f"Bearer {token}")


def test_the_list_of_algorithms_can_be_made_shorter(kit, make_guard, key, claims):
    guard = make_guard(algorithms=frozenset({"RS256"}))
    with pytest.raises(ForbiddenAlgorithm):
        guard.check(f"Bearer {key.token(claims())}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithms": frozenset({"HS256"})},
        {"algorithms": frozenset({"RS256", "none"})},
        {"algorithms": frozenset()},
        {"secret": SECRET, "jwks": {"keys": []}},
        {"secret": SECRET, "jwks_uri": "https://issuer.test/keys"},
        {"secret": SECRET, "algorithms": frozenset({"RS256"})},
        {"secret": "short"},
        {"issuer": "https://issuer.test/?tenant=1"},
        {"resource": "api"},
        {"resource": "https://api.test/#x"},
        {"leeway": 61},
    ],
)
def test_unsafe_configurations_are_mistakes(kit, wrong):
    options = {"issuer": kit.ISSUER, "audience": kit.AUDIENCE} | wrong
    with pytest.raises(Mistake):
        Guard(**options)


def test_a_token_seen_before_still_expires(make_guard, key, claims, hands):
    guard = make_guard(leeway=0)
    header = f"Bearer {key.token(claims())}"
    assert guard.check(header) is guard.check(header)
    hands.turn(seconds=599)
    assert guard.check(header)
    hands.turn(seconds=1)
    with pytest.raises(ExpiredToken):
        guard.check(header)


def test_a_refused_token_is_refused_again(make_guard, key, claims):
    guard = make_guard()
    header = f"Bearer {key.token(claims(aud='https://other.test'))}"
    for _ in range(2):
        with pytest.raises(WrongClaim):
            guard.check(header)


def test_the_memory_is_bounded_and_the_oldest_goes_first(make_guard, key, claims):
    guard = make_guard(cache_size=3)
    headers = [f"Bearer {key.token(claims(jti=str(n)))}" for n in range(4)]
    first = [guard.check(header) for header in headers]
    assert [
        guard.check(h) is c for h, c in zip(headers[1:], first[1:], strict=True)
    ] == [True] * 3
    assert guard.check(headers[0]) is not first[0]


def test_the_memory_can_be_switched_off(make_guard, key, claims):
    guard = make_guard(cache_size=0)
    header = f"Bearer {key.token(claims())}"
    assert guard.check(header) is not guard.check(header)


def test_no_token_is_kept_in_memory(make_guard, key, claims):
    guard = make_guard()
    token = key.token(claims())
    guard.check(f"Bearer {token}")
    kept = repr(vars(guard._tokens))
    assert token not in kept
    assert token.rpartition(".")[2] not in kept


def test_a_refusal_becomes_an_answer_and_a_line_in_the_log(make_guard, caplog):
    guard = make_guard(realm="timesheets", resource="https://api.test/v1")
    caplog.set_level(logging.INFO, logger="gatelodge_guard")
    reply = guard.reply(
        WrongClaim("The token is for another API", claim="aud", because="aud 'x'")
    )
    assert reply.status == 401
    headers = dict(reply.headers)
    assert headers["WWW-Authenticate"] == (
        'Bearer realm="timesheets", error="invalid_token", '
        'error_description="The token is for another API", '
        'resource_metadata="https://api.test/.well-known/oauth-protected-resource/v1"'
    )
    assert headers["Cache-Control"] == "no-store"
    assert json.loads(reply.body)["error"] == "invalid_token"
    assert "aud 'x'" in caplog.text
    assert b"aud 'x'" not in reply.body


def test_an_outage_is_answered_with_the_time_to_come_back(make_guard):
    reply = make_guard().reply(KeysUnavailable("Later", retry_after=7))
    assert reply.status == 503
    assert dict(reply.headers)["Retry-After"] == "7"
    assert "WWW-Authenticate" not in dict(reply.headers)


def test_nothing_presented_is_answered_without_a_code(make_guard):
    reply = make_guard().reply(NoCredentials("A Bearer token is needed"))
    assert dict(reply.headers)["WWW-Authenticate"] == "Bearer"
    assert json.loads(reply.body)["error"] == "unauthorized"
