"""Claim templates and the checks of foreign claims never fail in another way."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.base.errors import InvalidToken, PageRefusal, ProtocolRefusal
from gatelodge.oauth.claim_template import RESERVED, fill, unfit
from gatelodge.oauth.claims import STANDARD, settable
from gatelodge.oauth.logout import oidc
from gatelodge.oauth.prompt import read
from gatelodge.oauth.userinfo import from_jwt
from tests.rules import world
from tests.rules.world import ISSUER, NOW

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.sampled_from([*sorted(RESERVED), *sorted(STANDARD), "sip_x", "https://x/y"])
KEY = st.sampled_from(["user", "client", "email", "a", "b", "a.b", "plan"]) | TEXT
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=10,
)
TEMPLATE = st.text(
    st.sampled_from("${} user.client.ab/x"), max_size=40
) | st.sampled_from(
    ["${user.a}", "${user.a.b}", "x ${user.email} ${client.plan}", "${ user }", "${}"]
)
SCOPES = st.sets(st.sampled_from(["openid", "email", "profile", "address", "x"]))


@given(
    st.dictionaries(NAME, TEMPLATE, max_size=6),
    st.dictionaries(KEY, VALUE, max_size=4),
    SCOPES,
)
def test_templates_set_no_reserved_claim_and_never_fail(
    templates: dict[str, str], context: dict[str, Any], scopes: set[str]
) -> None:
    claims = fill(templates, context, scopes=tuple(scopes))
    assert not RESERVED & claims.keys()
    assert not any(name.startswith("sip_") for name in claims)
    assert (claims.keys() & STANDARD) <= settable(scopes)
    assert all(unfit(name, templates[name]) is None for name in claims)
    assert None not in claims.values()
    msgspec.json.encode(claims)


@given(VALUE)
def test_a_place_alone_keeps_its_type(value: Any) -> None:
    found = fill({"https://x/y": "${user.v}"}, {"user": {"v": value}}, scopes=())
    assert found == ({} if value is None else {"https://x/y": value})


@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "azp", "exp", "scope", "sub"]), VALUE
    )
)
def test_any_claims_open_userinfo_or_are_refused(body: dict[str, Any]) -> None:
    base = {"iss": ISSUER, "aud": f"{ISSUER}userinfo", "azp": "phone", "exp": NOW}
    for claims in (body, base | body):
        try:
            bearer = from_jwt({"typ": "JWT"}, claims, issuer=ISSUER, now=NOW)
        except InvalidToken:
            continue
        assert claims["iss"] == ISSUER
        assert bearer.client_id == claims["azp"]


@given(st.dictionaries(st.sampled_from(["aud", "sub", "sid"]), VALUE), TEXT)
def test_any_hint_ends_a_session_or_asks_or_is_refused(
    hint: dict[str, Any], client_id: str
) -> None:
    params = {"client_id": client_id} if client_id else {}
    try:
        leave = oidc(
            params, hint, world.catalogue(), session_sub="auth0|ada", session_sid="s"
        )
    except PageRefusal:
        return
    assert leave.asks or (hint.get("sub") == "auth0|ada")


WISHES = ["prompt", "max_age", "claims", "login_hint", "acr_values", "id_token_hint"]


@given(
    st.dictionaries(
        st.sampled_from(WISHES),
        TEXT
        | VALUE.map(lambda value: msgspec.json.encode(value).decode())
        | st.sampled_from(["none", "login", "a.b.c", "9" * 30]),
    )
)
def test_any_wish_is_read_or_refused(params: dict[str, str]) -> None:
    try:
        wishes = read(params, issuer=ISSUER, client_id="phone", hint_keys=())
    except ProtocolRefusal:
        return
    assert "id_token_hint" not in params
    assert wishes.max_age is None or 0 <= wishes.max_age < 10**10
    assert wishes.silent is (wishes.prompt == {"none"})
