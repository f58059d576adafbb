"""Secrets that do not print, ids, moments, refusals and requests as values."""

from __future__ import annotations

import re

import pytest

from gatelodge.base import errors
from gatelodge.base.clock import DAY, HOUR, MINUTE, SECOND
from gatelodge.base.exchange import Exchange
from gatelodge.base.ids import client_id, entity_id, log_id, user_id
from gatelodge.base.moment import iso
from gatelodge.base.secret import Secret


def test_a_secret_does_not_print() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {secret!s:>20}"
    assert secret.reveal() == "hunter2"


def test_ids_have_the_shapes_tools_expect() -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{32}", client_id(b"\xff" * 48))
    assert re.fullmatch(r"con_[A-Za-z0-9]{16}", entity_id("con", b"\x01" * 24))
    assert user_id("auth0", b"\xab" * 12) == "auth0|" + "ab" * 12
    assert client_id(b"\x01" * 48) != client_id(b"\x02" * 48)


def test_log_ids_sort_by_time() -> None:
    assert log_id(999, b"\xff") < log_id(1000, b"\x00") < log_id(10**12, b"\x00")


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_769_853_600_007, "2026-01-31T10:00:00.007Z"),
        (1_769_853_600_990, "2026-01-31T10:00:00.990Z"),
    ],
)
def test_moments_have_exactly_three_digits_of_milliseconds(at: int, text: str) -> None:
    assert iso(at) == text


def test_times_are_milliseconds() -> None:
    assert (SECOND, MINUTE, HOUR, DAY) == (1000, 60_000, 3_600_000, 86_400_000)


def test_the_agent_is_cut_to_what_a_log_line_holds() -> None:
    headers = {"user-agent": "x" * 500}
    long = Exchange(method="GET", path="/", issuer="i", headers=headers)
    assert len(long.agent) == 400
    assert Exchange(method="GET", path="/", issuer="i").agent == ""


STATUSES = {
    # the code, then the status in each profile
    errors.InvalidRequest: ("invalid_request", 400, 400),
    errors.InvalidClient: ("invalid_client", 401, 401),
    errors.InvalidGrant: ("invalid_grant", 400, 403),
    errors.InvalidScope: ("invalid_scope", 400, 400),
    errors.InvalidToken: ("invalid_token", 401, 401),
    errors.UnauthorizedClient: ("unauthorized_client", 400, 403),
    errors.UnsupportedGrantType: ("unsupported_grant_type", 400, 400),
    errors.UnsupportedResponseType: ("unsupported_response_type", 400, 501),
    errors.AccessDenied: ("access_denied", 400, 403),
    errors.LoginRequired: ("login_required", 400, 400),
    errors.ConsentRequired: ("consent_required", 400, 400),
    errors.InteractionRequired: ("interaction_required", 400, 400),
    errors.RequestNotSupported: ("request_not_supported", 400, 400),
    errors.UnmetAuthenticationRequirements: (
        "unmet_authentication_requirements",
        400,
        400,
    ),
    errors.RequestUriNotSupported: ("request_uri_not_supported", 400, 400),
    errors.Unauthorized: ("unauthorized", 400, 403),
    errors.EndpointDisabled: ("endpoint_disabled", 404, 404),
    errors.TooManyRequests: ("too_many_requests", 429, 429),
    errors.TemporarilyUnavailable: ("temporarily_unavailable", 503, 503),
}


@pytest.mark.parametrize(("kind", "expected"), STATUSES.items())
def test_codes_and_statuses(kind: type[errors.ProtocolRefusal], expected) -> None:
    assert (kind.code, kind.rfc, kind.auth0) == expected


def tree(kind: type) -> set[str]:
    below = {name for child in kind.__subclasses__() for name in tree(child)}
    return {kind.__name__} | below


def test_the_tree_of_refusals_is_the_one_that_is_drawn() -> None:
    drawn = set(re.findall(r"[├└]─ (\w+)", errors.__doc__ or "")) | {"Refusal"}
    built = {name for name in tree(errors.Refusal) if hasattr(errors, name)}
    assert built == drawn


def test_a_refusal_says_one_thing_and_knows_another() -> None:
    refusal = errors.InvalidGrant("public", rule="R-1", because="private")
    assert str(refusal) == "public"
    assert "private" not in repr(refusal)
    assert errors.InvalidGrant("public", rule="R-1").because == "public"
    back = errors.ReturnedRefusal(refusal, way_back=None)
    assert (back.rule, back.because, back.says) == ("R-1", "private", "public")


def test_page_and_database_refusals_carry_their_shape() -> None:
    page = errors.PageRefusal("no", error="invalid_request", rule="R", status=403)
    assert (page.error, page.status) == ("invalid_request", 403)
    database = errors.DatabaseRefusal("no", code="c", name="N", rule="R", policy="p")
    assert (database.code, database.name, database.policy) == ("c", "N", "p")
