"""What actions said, and what it does to scopes, claims and refusals."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.base.errors import AccessDenied, InteractionRequired, InvalidScope
from gatelodge.model.log import LogLine
from gatelodge.model.writes import AppendLog
from gatelodge.oauth.log import Witness, failed_actions, noted
from gatelodge.oauth.outcome import (
    MOST_TRACES,
    NO_RUN,
    NOTHING,
    Denial,
    Outcome,
    Run,
    Trace,
    check_without_person,
    denial,
    scopes_of,
    settled,
    spoken,
)
from tests.protocol.tenant import tenant

API, NATIVE = tenant()[0].api, tenant()[1].client
GIVEN = ("openid", "read:x")


def final(**scopes: bool) -> tuple[str, ...]:
    named = {name.replace("_", ":", 1): given for name, given in scopes.items()}
    return scopes_of(GIVEN, Outcome(scopes=named), client=NATIVE, api=API)


def test_scopes_are_added_and_removed() -> None:
    assert scopes_of(GIVEN, NOTHING, client=NATIVE, api=API) == GIVEN
    assert final(read_x=False, any_thing=True) == ("openid", "any:thing")
    assert final(read_x=True) == GIVEN


def test_refresh_tokens_stay_a_matter_of_the_switches() -> None:
    wanted = Outcome(scopes={"offline_access": True})
    closed = msgspec.structs.replace(
        API, options=msgspec.structs.replace(API.options, allow_offline_access=False)
    )
    assert "offline_access" in scopes_of(GIVEN, wanted, client=NATIVE, api=API)
    assert "offline_access" not in scopes_of(GIVEN, wanted, client=NATIVE, api=closed)


@pytest.mark.rule("Auth0-custom-claims")
def test_claims_that_may_stand_in_a_token() -> None:
    wanted = {"plan": 1, "sub": 2, "sip_x": 3, "email": 4, "name": 5, "gone": None}
    assert settled(wanted, ("openid", "email")) == {"plan": 1, "email": 4}


def test_how_an_app_is_told() -> None:
    said = denial(Denial(reason="no", code="invalid_scope"))
    assert isinstance(said, InvalidScope)
    assert (said.says, said.rule) == ("no", "Auth0-action-denied")
    failed = denial(Denial(reason="no", failed="10.py"))
    assert isinstance(failed, AccessDenied)
    assert failed.rule == "House-action-failed"
    assert "10.py" in failed.because


@pytest.mark.rule("Auth0-action-interaction")
def test_where_nobody_sits_at_a_browser() -> None:
    check_without_person(NOTHING, ())
    check_without_person(Outcome(mfa=True), ("pwd", "mfa"))
    for outcome in (Outcome(mfa=True), Outcome(redirect="https://x/")):
        with pytest.raises(InteractionRequired):
            check_without_person(outcome, ("pwd",))
    with pytest.raises(AccessDenied):
        check_without_person(Outcome(denied=Denial(reason="no")), ())


def line(kind: str) -> AppendLog:
    return AppendLog(line=LogLine(id=kind, type=kind, at=1))


def test_the_line_of_the_sign_in_names_the_actions() -> None:
    run = Run(traces=(Trace(name="10.py", milliseconds=3),))
    told = noted((line("ss"), line("s")), run)
    assert told[0] == line("ss")
    assert told[1].line.details == {"actions": [{"name": "10.py", "milliseconds": 3}]}
    assert noted((line("consent"),), run)[0].line.details["actions"]
    assert noted((line("s"),), NO_RUN) == (line("s"),)
    assert noted((), run) == ()


def test_failures_have_a_line_of_their_own() -> None:
    who = Witness(at=1, ip="", agent="", raw=bytes(24))
    assert failed_actions(NO_RUN, who, client_id="c") == ()
    traces = (
        Trace(name="a", milliseconds=1),
        Trace(name="b", milliseconds=1, error="x"),
    )
    (write,) = failed_actions(Run(traces=traces), who, client_id="c")
    assert write.line.type == "actions_execution_failed"
    assert write.line.details["actions"] == [
        {"name": "b", "milliseconds": 1, "error": "x"}
    ]


def test_a_line_has_room_for_so_many() -> None:
    assert spoken(()) is None
    assert len(spoken((Trace(name="a", milliseconds=1),) * 30)) == MOST_TRACES
