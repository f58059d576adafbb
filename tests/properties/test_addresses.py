"""Redirect URIs: nothing but the port of a loopback literal may differ."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from hypothesis import assume, given
from hypothesis import strategies as st

from gatelodge.base.errors import PageRefusal
from gatelodge.base.urls import (
    add_fragment,
    add_query,
    origin_of,
    parse,
    without_fragment,
)
from gatelodge.oauth.logout import Leave, auth0
from gatelodge.oauth.redirect_uri import matches, registered, unfit
from tests.rules import world

SCHEMES = st.sampled_from(["http", "https", "com.example.app", "exp", "HTTP", "MyApp"])
HOSTS = st.sampled_from(
    ["127.0.0.1", "[::1]", "localhost", "h.example", "127.0.0.2", "", "u@127.0.0.1"]
)
PORTS = st.sampled_from(["", ":", ":80", ":443", ":49152", ":0", ":99999"])
PATHS = st.sampled_from(["", "/", "/cb", "/cb/", "/CB", "/cb/../x", "//cb", "/c%62"])
QUERIES = st.sampled_from(["", "?", "?x=1", "?x=1&y=%26", "?code=0"])
ENDS = st.sampled_from(["", "#", "#f", "\n", " "])
URLS = st.builds(
    lambda scheme, mark, host, port, path, query, end: (
        f"{scheme}:{mark}{host}{port}{path}{query}{end}"
    ),
    SCHEMES,
    st.sampled_from(["//", "/", "", "///"]),
    HOSTS,
    PORTS,
    PATHS,
    QUERIES,
    ENDS,
)
GOOD = URLS.filter(lambda url: unfit([url]) is None)
PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["code", "state", "iss"]),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    ),
    min_size=1,
    max_size=4,
)


@given(GOOD, URLS)
def test_only_the_port_of_a_loopback_literal_may_differ(known: str, other: str) -> None:
    if not matches(known, other) or known == other:
        return
    one, two = urlsplit(known), urlsplit(other)
    assert one.hostname in {"127.0.0.1", "::1"}
    assert one.scheme == two.scheme == "http"
    assert one.hostname == two.hostname
    assert "@" not in two.netloc
    assert (one.path, one.query) == (two.path, two.query)
    assert not two.fragment


@given(GOOD, PORTS)
def test_matching_is_symmetric_and_reflexive(known: str, port: str) -> None:
    assert matches(known, known)
    other = known.replace(":80", port or ":8000")
    assume(unfit([other]) is None)
    assert matches(known, other) is matches(other, known)


@given(st.lists(GOOD, max_size=3), URLS | st.text(st.characters()))
def test_what_is_proven_matches_something_registered(
    known: list[str], sent: str
) -> None:
    app = world.client(redirect_uris=tuple(known))
    try:
        proven = registered(app, sent)
    except PageRefusal:
        return
    assert any(matches(one, proven) for one in known)
    assert proven == without_fragment(sent)
    # A proven address can be answered, whatever it looks like.
    assert add_query(proven, [("code", "x")]).startswith(proven)


@given(GOOD, PAIRS)
def test_an_answer_changes_nothing_of_the_address(
    url: str, pairs: list[tuple[str, str]]
) -> None:
    for add, part in ((add_query, "query"), (add_fragment, "fragment")):
        answer = add(url, pairs)
        assert answer.startswith(url)
        assert parse(answer) is not None
        before, after = urlsplit(url), urlsplit(answer)
        assert after.scheme == before.scheme
        assert after.netloc == before.netloc
        assert after.path == before.path
        found = parse_qsl(getattr(after, part), keep_blank_values=True)
        kept = parse_qsl(before.query, keep_blank_values=True)
        assert found == ([*kept, *pairs] if part == "query" else pairs)


@given(URLS | st.text(st.characters()))
def test_any_text_is_a_url_or_it_is_not(text: str) -> None:
    parts = parse(text)
    unfit([text])
    matches(text, text + "x")
    if parts is None:
        return
    assert text.isascii()
    assert not set("\r\n\t \\") & set(text)
    assert origin_of(parts).startswith(f"{parts.scheme}://")


@given(st.lists(GOOD, max_size=3), URLS)
def test_nobody_is_sent_to_another_host_after_signing_out(
    known: list[str], wanted: str
) -> None:
    within = world.catalogue(world.client(logout_urls=tuple(known)))
    try:
        leave = auth0({"client_id": "phone", "returnTo": wanted}, within)
    except PageRefusal:
        return
    assert isinstance(leave, Leave)
    assert leave.url == wanted
    target = urlsplit(wanted)
    places = [(one.scheme, one.hostname) for one in map(urlsplit, known)]
    assert (target.scheme, target.hostname) in places
