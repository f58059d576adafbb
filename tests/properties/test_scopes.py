"""The scope pipeline only shrinks, and more rights never mean fewer scopes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatelodge.base.errors import InvalidScope, ProtocolRefusal
from gatelodge.model.api import ApiScope
from gatelodge.oauth.scope import STANDARD, for_user, narrow, needs_consent, split
from tests.rules import world

NAMES = ["read:x", "write:x", "admin:x", "offline_access", "openid", "email", "x"]
SOME = st.lists(st.sampled_from(NAMES), unique=True).map(tuple)
WORLDS = st.fixed_dictionaries(
    {
        "asked": SOME,
        "defined": SOME,
        "granted": st.none() | SOME,
        "held": SOME,
        "rbac": st.booleans(),
        "first_party": st.booleans(),
        "offline": st.booleans(),
        "refreshes": st.booleans(),
        "policy": st.sampled_from(["allow_all", "require_client_grant", "deny_all"]),
    }
)


def given_scopes(w: dict[str, Any]) -> tuple[str, ...] | None:
    """What the pipeline gives; None where it refuses."""
    grants = ["authorization_code", *(["refresh_token"] if w["refreshes"] else [])]
    app = world.client(
        options={"first_party": w["first_party"]}, grant_types=tuple(grants)
    )
    api = world.api(
        scopes=tuple(ApiScope(value=one) for one in w["defined"]),
        options={
            "enforce_policies": w["rbac"],
            "allow_offline_access": w["offline"],
            "user_policy": w["policy"],
        },
    )
    rows = () if w["granted"] is None else (world.grant(scopes=w["granted"]),)
    try:
        return for_user(
            w["asked"],
            client=app,
            api=api,
            catalogue=world.catalogue(app, apis=(api,), grants=rows),
            person=world.person(held=w["held"]),
        )
    except ProtocolRefusal:
        return None


@given(WORLDS)
def test_what_is_given_was_asked_defined_granted_and_held(w: dict[str, Any]) -> None:
    given = given_scopes(w)
    if given is None:
        needs_grant = w["policy"] != "allow_all" or not w["first_party"]
        assert w["policy"] == "deny_all" or (needs_grant and w["granted"] is None)
        return
    assert list(given) == [one for one in w["asked"] if one in given]
    for scope in set(given) - STANDARD - {"offline_access"}:
        assert scope in w["defined"]
        assert not w["rbac"] or scope in w["held"]
        assert w["first_party"] or scope in (w["granted"] or ())
    if "offline_access" in given:
        assert w["offline"]
        assert w["refreshes"]


@given(WORLDS, SOME)
def test_more_rights_never_mean_fewer_scopes(w: dict[str, Any], more: tuple) -> None:
    less = given_scopes(w)
    for name in ("held", "defined", "asked", "granted"):
        wider = w | {name: tuple(dict.fromkeys((*(w[name] or ()), *more)))}
        after = given_scopes(wider)
        assert less is None or (after is not None and set(less) <= set(after))


@given(SOME, SOME)
def test_a_refresh_only_narrows(granted: tuple[str, ...], asked: tuple) -> None:
    kept = narrow(granted, " ".join(asked))
    assert set(kept) <= set(granted)
    assert narrow(kept, " ".join(asked)) == kept
    if asked:
        assert set(kept) <= {*asked, "openid", "offline_access"}


@given(st.text(st.characters()) | st.text(st.sampled_from('ab:" \\\t')))
def test_any_text_is_scopes_or_malformed(text: str) -> None:
    try:
        scopes = split(text)
    except InvalidScope:
        return
    assert split(" ".join(scopes)) == scopes
    assert len(set(scopes)) == len(scopes)
    assert all(scope and " " not in scope and scope.isascii() for scope in scopes)


@given(SOME, SOME, st.booleans(), st.booleans())
def test_consent_once_given_is_not_asked_again(
    scopes: tuple, given: tuple, first: bool, skip: bool
) -> None:
    app = world.client(options={"first_party": first})
    api = world.api(options={"skip_consent": skip})
    asks = needs_consent(scopes, client=app, api=api, consented=given)
    assert set(asks) <= set(scopes) - set(given)
    both = (*given, *asks)
    assert needs_consent(scopes, client=app, api=api, consented=both) == ()
