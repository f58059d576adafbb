# ruff: noqa: INP001 - a script, run by its path
"""What one check of an access token costs, beside PyJWT with the same checks.

Run it with ``python bench/guard_verify.py``; it needs PyJWT and no network. Rounds are
interleaved and the medians compared, so that a busy machine burdens both alike.
The bar: a token never seen <= 0.7 of PyJWT, a token seen before <= 0.005 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any

import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from gatelodge_guard import Guard

ISSUER = "https://issuer.example/"
AUDIENCE = "https://timesheets.example/api"
ROUNDS = 15
TOKENS = 300
BAR_UNSEEN = 0.7  # of PyJWT
BAR_SEEN = 5.0  # microseconds


def main() -> int:
    """Measure, print, and fail when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    asked = parser.parse_args()
    rows = [_measure(alg, key) for alg, key in _keys()]
    sys.stdout.write(json.dumps(rows) + "\n" if asked.json else _table(rows))
    is_met = rows[0]["ratio"] <= BAR_UNSEEN and rows[0]["seen_us"] <= BAR_SEEN
    return 0 if is_met else 1


def _keys() -> list[tuple[str, Key]]:
    named: Any = {"kid": "2026-11", "use": "sig"}
    return [
        ("RS256", RSAKey.generate_key(2048, named)),
        ("PS256", RSAKey.generate_key(2048, named)),
        ("ES256", ECKey.generate_key("P-256", named)),
        ("EdDSA", OKPKey.generate_key("Ed25519", named)),
    ]


def _measure(alg: str, key: Any) -> dict[str, Any]:
    tokens = [_token(alg, key, number) for number in range(TOKENS)]
    jwks = {"keys": [key.as_dict(private=False)]}
    unseen = Guard(issuer=ISSUER, audience=AUDIENCE, jwks=jwks, cache_size=0)
    seen = Guard(issuer=ISSUER, audience=AUDIENCE, jwks=jwks)
    headers = cycle([f"Bearer {token}" for token in tokens])
    peers = cycle(tokens)
    check_peer = _peer(alg, jwks)
    for token in tokens:
        seen.check(f"Bearer {token}")
    ours, theirs, again = [], [], []
    for _ in range(ROUNDS):
        ours.append(_once(lambda: unseen.check(next(headers))))
        theirs.append(_once(lambda: check_peer(next(peers))))
        again.append(_once(lambda: seen.check(next(headers))))
    guard, peer = statistics.median(ours), statistics.median(theirs)
    return {
        "alg": alg,
        "guard_us": round(guard, 1),
        "pyjwt_us": round(peer, 1),
        "ratio": round(guard / peer, 3),
        "seen_us": round(statistics.median(again), 2),
    }


def _once(call: Callable[[], object]) -> float:
    """Microseconds of CPU time per call."""
    begun = time.process_time_ns()
    for _ in range(TOKENS):
        call()
    return (time.process_time_ns() - begun) / TOKENS / 1000


def _peer(alg: str, jwks: dict[str, Any]) -> Callable[[str], dict[str, Any]]:
    """PyJWT with the same checks: kid, typ, iss, aud, exp, nbf, iat, client.

    Its header is read once, from the decoded token; that is its cheapest honest use.
    """
    (key,) = jwt.PyJWKSet.from_dict(jwks).keys
    needed = ["iss", "aud", "exp", "sub", "client_id"]

    def check(token: str) -> dict[str, Any]:
        decoded: dict[str, Any] = jwt.decode_complete(
            token,
            key.key,
            algorithms=[alg],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=30,
            options={"require": needed},
        )
        header = decoded["header"]
        if header["typ"].lower() != "at+jwt" or header["kid"] != key.key_id:
            raise jwt.InvalidTokenError("typ or kid")
        return decoded

    return check


def _token(alg: str, key: Any, number: int) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": [AUDIENCE, f"{ISSUER}userinfo"],
        "sub": "auth0|6745f0c2a1b2c3d4e5f60718",
        "client_id": "kQ2rJ7vN0sXcT5bYwZ8mLpA3dFgH6uE1",
        "iat": now,
        "exp": now + 86_400,
        "jti": f"{number:022d}",
        "scope": "openid profile email read:timesheets create:timesheets",
        "permissions": ["read:timesheets", "create:timesheets"],
    }
    header = {"kid": "2026-11", "typ": "at+jwt"}
    return jwt.encode(claims, key.private_key, algorithm=alg, headers=header)


def _table(rows: list[dict[str, Any]]) -> str:
    head = "alg     guard us  pyjwt us  ratio  seen before us\n"
    lines = (
        f"{r['alg']:7} {r['guard_us']:8} {r['pyjwt_us']:9} {r['ratio']:6}"
        f" {r['seen_us']:10}\n"
        for r in rows
    )
    return head + "".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
