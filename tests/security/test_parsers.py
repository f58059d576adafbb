"""Each parser takes any input: a value or a refusal, never anything else."""

from __future__ import annotations

import contextlib
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from gatelodge.base import params, text, urls
from gatelodge.base.encoding import unb64url
from gatelodge.base.errors import ProtocolRefusal
from gatelodge.base.exchange import Exchange
from gatelodge.base.opaque import RefreshTokens
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.endpoints.calling import params_of
from gatelodge.login import transaction
from gatelodge.oauth import redirect_uri, scope
from gatelodge.pages.locales import choose
from gatelodge.web.proxies import client_ip, networks
from gatelodge_guard import jws
from gatelodge_guard.errors import InvalidToken

ANY = st.text(st.characters(), max_size=200)
TOKENS = RefreshTokens(secret_keys=(b"a" * 32,), shield_keys=(b"b" * 32,))
SEALER = Sealer((b"k" * 32,))


@given(
    st.one_of(
        ANY, st.lists(st.tuples(ANY, ANY)).map(lambda p: urlencode(p, errors="replace"))
    )
)
def test_forms(body: str) -> None:
    with contextlib.suppress(ProtocolRefusal):
        for name, value in params.single(params.parse_form(body)).items():
            (name + value).encode()
            assert "\x00" not in name + value


@given(st.binary(max_size=300), st.sampled_from(["application/json", "", "x/y"]))
def test_bodies(body: bytes, kind: str) -> None:
    exchange = Exchange(
        method="POST", path="/", issuer="", body=body, headers={"content-type": kind}
    )
    with contextlib.suppress(ProtocolRefusal):
        for name, value in params_of(exchange).items():
            (name + value).encode()


@given(ANY)
def test_small_readers(value: str) -> None:
    urls.parse(value)
    urls.without_fragment(value)
    assert text.email_key(text.email_key(value)) == text.email_key(value)
    assert text.printable(value, 50).isprintable()
    assert text.echo(value, 50).isascii()
    assert choose(value, value, ("en", "de")) in ("en", "de")
    assert TOKENS.read("rt_" + value) is None
    assert transaction.unseal(value, SEALER) is None
    with contextlib.suppress(ValueError):
        unb64url(value)
    with contextlib.suppress(SealBroken):
        SEALER.unseal_text(value, purpose="x")
    with contextlib.suppress(ProtocolRefusal):
        scope.split(value)
    with contextlib.suppress(InvalidToken):
        jws.parse(value)


@given(ANY, st.sampled_from(["https://a.example/cb", "http://127.0.0.1/cb", "a.b:/c"]))
@settings(max_examples=300)
def test_only_what_is_registered_matches(sent: str, known: str) -> None:
    """Any text that matches is the very one, or a loopback literal on its port."""
    if redirect_uri.matches(known, sent) and sent != known:
        assert known.startswith("http://127.0.0.1")
        assert sent.startswith("http://127.0.0.1:")
        assert sent.endswith("/cb")


@given(ANY, ANY)
def test_only_proxies_speak_for_others(peer: str, forwarded: str) -> None:
    assert client_ip(peer, forwarded, ()) == peer
    trusted = networks(["10.0.0.0/8"])
    assert client_ip("192.0.2.1", forwarded, trusted) == "192.0.2.1"
    client_ip("10.1.1.1", forwarded, trusted)


@given(st.lists(st.tuples(ANY, ANY), max_size=4))
def test_what_is_added_to_an_address_cannot_leave_its_query(pairs) -> None:
    clean = [
        (a.encode("utf-8", "replace").decode(), b.encode("utf-8", "replace").decode())
        for a, b in pairs
    ]
    url = urls.add_query("https://a.example/cb", clean)
    assert url.isascii()
    assert url.isprintable()
    assert "#" not in url
    assert url.startswith("https://a.example/cb")
