"""The key set in time: one flight, renewal, cooldown, outage. The clock is the test's."""

from __future__ import annotations

import threading
import time

import pytest

from gatelodge_guard.errors import BadSignature, KeysUnavailable, Mistake, UnknownKey
from gatelodge_guard.jwks import KeyPolicy, KeySet
from gatelodge_guard.key import load_keys


@pytest.fixture
def send(key, claims):
    """Send a token to a guard; every token is new, so nothing comes from the cache."""
    numbers = iter(range(10**6))

    def run(guard, signed_by=key, **header):
        token = signed_by.token(claims(jti=f"{next(numbers)}"), header=header)
        return guard.check(f"Bearer {token}")

    return run


@pytest.fixture
def header(key, claims):
    """One token, sent again and again."""
    return f"Bearer {key.token(claims())}"


def settle(issuer, fetches):
    """Wait for a renewal in the background."""
    end = time.monotonic() + 5
    while issuer.fetches < fetches or any(
        thread.name == "gatelodge-keys" for thread in threading.enumerate()
    ):
        assert time.monotonic() < end
        time.sleep(0.002)


def test_nothing_is_fetched_before_the_first_token(make_guard, issuer, send):
    guard = make_guard()
    assert issuer.fetches == 0
    for _ in range(20):
        assert send(guard)
    assert issuer.fetches == 1


def test_an_unknown_key_is_asked_for_once(kit, make_guard, issuer, send):
    guard = make_guard()
    send(guard)
    new = kit.make_key(kid="k2")
    issuer.keys.append(new)
    assert send(guard, new)
    assert issuer.fetches == 2


def test_a_flood_of_kids_costs_one_fetch_per_cooldown(
    kit, make_guard, issuer, send, hands
):
    guard = make_guard()
    send(guard)
    for minute in range(3):
        for number in range(50):
            with pytest.raises(UnknownKey):
                send(guard, kid=f"random-{minute}-{number}")
        assert issuer.fetches == 2 + minute
        hands.turn(seconds=60)
    assert send(guard)


def test_a_flood_from_many_threads_costs_one_fetch(make_guard, issuer, send):
    guard = make_guard()
    send(guard)
    issuer.gate = threading.Event()
    refused = []

    def flood(number):
        with pytest.raises(UnknownKey):
            send(guard, kid=f"random-{number}")
        refused.append(number)

    threads = [threading.Thread(target=flood, args=(n,)) for n in range(30)]
    for thread in threads:
        thread.start()
    issuer.gate.set()
    for thread in threads:
        thread.join(10)
    assert len(refused) == 30
    assert issuer.fetches == 2


def test_the_set_renews_in_the_background_before_it_is_too_old(
    make_guard, issuer, send, hands
):
    guard = make_guard()
    send(guard)
    hands.turn(seconds=239)
    send(guard)
    assert issuer.fetches == 1
    hands.turn(seconds=2)
    issuer.gate = threading.Event()  # the fetch hangs; the request does not
    assert send(guard)
    issuer.gate.set()
    settle(issuer, 2)
    hands.turn(seconds=200)
    send(guard)
    assert issuer.fetches == 2


def test_a_withdrawn_key_is_refused_after_the_max_age(
    kit, make_guard, issuer, send, hands
):
    guard = make_guard()
    send(guard)
    issuer.keys[:] = [kit.make_key(kid="k2")]
    hands.turn(seconds=200)
    assert send(guard)
    hands.turn(seconds=100)
    with pytest.raises(UnknownKey):
        send(guard)


def test_a_withdrawn_key_is_refused_after_a_long_silence_too(
    kit, make_guard, issuer, send, hands
):
    guard = make_guard()
    issuer.is_down = True
    with pytest.raises(KeysUnavailable):
        send(guard)
    issuer.is_down = False
    hands.turn(seconds=2)
    send(guard)
    hands.turn(seconds=301)
    issuer.is_down = True
    send(guard)  # stale, and the failure is remembered
    issuer.is_down = False
    issuer.keys.clear()
    hands.turn(seconds=3600)
    issuer.gate = threading.Event()  # slow enough to tell waiting from not waiting
    opening = threading.Timer(0.1, issuer.gate.set)
    opening.start()
    with pytest.raises(UnknownKey):
        send(guard)
    opening.join()


def test_a_verified_token_is_forgotten_when_its_key_is_withdrawn(
    make_guard, issuer, header, hands
):
    guard = make_guard()
    assert guard.check(header) is guard.check(header)
    issuer.keys.clear()
    hands.turn(seconds=300)
    with pytest.raises(UnknownKey):
        guard.check(header)


def test_a_verified_token_is_kept_when_its_key_is(
    kit, make_guard, issuer, header, hands
):
    guard = make_guard()
    first = guard.check(header)
    issuer.keys.append(kit.make_key(kid="k2"))
    hands.turn(seconds=300)
    assert guard.check(header) is first
    assert issuer.fetches == 2


def test_a_key_replaced_under_its_kid_takes_cached_tokens_along(
    kit, make_guard, issuer, header, hands
):
    guard = make_guard()
    guard.check(header)
    issuer.keys[:] = [kit.make_key(kid="k1")]
    hands.turn(seconds=300)
    with pytest.raises(BadSignature):
        guard.check(header)


@pytest.mark.parametrize("trouble", ["down", "error", "nonsense"])
def test_the_last_good_set_serves_through_an_outage(
    make_guard, issuer, send, hands, trouble
):
    guard = make_guard()
    send(guard)
    issuer.is_down = trouble == "down"
    issuer.status = 500 if trouble == "error" else 200
    if trouble == "nonsense":
        issuer.documents[f"{issuer.base}openid-configuration"] = ["?"]
    for _ in range(10):
        hands.turn(seconds=600)
        assert send(guard)
        settle(issuer, 1)


def test_an_outage_is_logged_and_its_end_is_noticed(
    make_guard, issuer, send, hands, caplog
):
    guard = make_guard()
    send(guard)
    issuer.is_down = True
    hands.turn(seconds=600)
    send(guard)
    assert "could not be fetched: FetchFailed: connection refused" in caplog.text
    issuer.is_down = False
    issuer.keys.append(type(issuer.keys[0])("ES256", issuer.keys[0].private, "k2"))
    hands.turn(seconds=61)
    send(guard)
    settle(issuer, 3)
    assert send(guard, issuer.keys[1])


def test_attempts_get_rarer_in_an_outage(make_guard, issuer, send, hands):
    guard = make_guard()
    send(guard)
    issuer.is_down = True
    hands.turn(seconds=300)
    for _ in range(600):
        assert send(guard)
        hands.turn(seconds=1)
        settle(issuer, 1)
    # 1, 2, 4, 8, 16, 32 and then every 60 seconds: 600 seconds hold about 15.
    assert 10 <= issuer.fetches - 1 <= 17


def test_a_new_key_in_an_outage_is_not_called_wrong(kit, make_guard, issuer, send):
    guard = make_guard()
    send(guard)
    issuer.is_down = True
    with pytest.raises(KeysUnavailable) as refused:
        send(guard, kit.make_key(kid="k2"))
    assert refused.value.status == 503
    with pytest.raises(KeysUnavailable):
        send(guard, kit.make_key(kid="k3"))
    assert issuer.fetches == 2


def test_keys_are_not_believed_for_ever(make_guard, issuer, send, hands):
    guard = make_guard()
    send(guard)
    issuer.is_down = True
    hands.turn(seconds=86_399)
    assert send(guard)
    settle(issuer, 2)
    hands.turn(seconds=1)
    with pytest.raises(KeysUnavailable) as refused:
        send(guard)
    assert refused.value.retry_after >= 1


def test_a_start_before_the_issuer_recovers_by_itself(make_guard, issuer, send, hands):
    guard = make_guard()
    issuer.is_down = True
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            send(guard)
    assert issuer.fetches == 1
    issuer.is_down = False
    hands.turn(seconds=1)
    assert send(guard)


def test_a_lost_flight_is_given_up(make_guard, issuer, send, hands):
    guard = make_guard()
    send(guard)
    issuer.gate = threading.Event()
    hands.turn(seconds=250)
    send(guard)  # starts a flight that hangs
    hands.turn(seconds=16)
    send(guard)  # starts another one
    issuer.gate.set()
    settle(issuer, 3)
    assert send(guard)


def test_what_a_lost_flight_brings_home_late_is_thrown_away(kit, hands):
    old, new = (
        load_keys({"keys": [kit.make_key(kid=k).jwk()]}) for k in ("old", "new")
    )
    gate, flights = threading.Event(), []

    def fetch():
        flights.append(None)
        if len(flights) == 2:
            gate.wait(5)
            return old
        return new if len(flights) == 3 else old

    keys = KeySet(fetch, clock=hands)
    keys.ring()
    for seconds in (250, 60):
        hands.turn(seconds=seconds)
        keys.ring()
    assert keys.ring().keys == new
    gate.set()
    end = time.monotonic() + 5
    while any(t.name == "gatelodge-keys" for t in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.002)
    assert keys.ring().keys == new


def test_a_transport_that_raises_anything_does_not_hang_the_guard(make_guard, send):
    class Broken:
        def get(self, url):
            raise RuntimeError("boom")

    with pytest.raises(KeysUnavailable):
        send(make_guard(transport=Broken()))


@pytest.mark.parametrize("wrong", [{"max_age": 0}, {"cooldown": 0}, {"max_stale": 10}])
def test_a_policy_that_cannot_work_is_a_mistake(wrong):
    with pytest.raises(Mistake):
        KeyPolicy(**wrong)
