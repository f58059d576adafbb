"""What the operator reads about an exchange (contract 3.12)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from gatelodge.model.log import LogLine
from gatelodge.model.reads import TailLog

from .gatehouse import API, MACHINE_SECRET, Gatehouse, Phone

FAILURES = {
    "authorization_code": "feacft",
    "refresh_token": "fertft",
    "client_credentials": "feccft",
}


async def only(gate: Gatehouse, kind: str) -> LogLine:
    """The one line of this type; lines of one moment have no order."""
    (line,) = await gate.house.store.read(TailLog(type=kind))
    return line


async def refused(phone: Phone, status: int = 401, **body: Any) -> None:
    headers = body.pop("headers", {})
    answer = await phone.http.post("/oauth/token", data=body, headers=headers)
    assert answer.status_code == status, answer.text


async def test_a_code_tells_which_family_it_began(gate, visitor, phone) -> None:
    await gate.user("ada@example.com")
    tokens = await phone.tokens(visitor, "ada@example.com")
    shown = gate.house.refresh_tokens.read(tokens["refresh_token"])
    line = await only(gate, "seacft")
    assert line.details["family_id"] == shown.family_id


async def test_a_code_that_began_none_tells_of_none(gate, visitor, phone) -> None:
    await gate.user("ada@example.com")
    await phone.tokens(visitor, "ada@example.com", scope="openid")
    assert "family_id" not in (await only(gate, "seacft")).details


@pytest.mark.parametrize(("grant_type", "kind"), FAILURES.items(), ids=FAILURES)
async def test_a_wrong_secret_is_told_with_the_grant_that_was_asked_for(
    gate, phone, grant_type, kind
) -> None:
    wrong = {"client_id": "machine", "client_secret": "cs_canary"}
    await refused(phone, grant_type=grant_type, **wrong)
    line = await only(gate, kind)
    assert line.client_id == "machine"
    assert line.details["because"] == "wrong secret; 1 registered"
    assert line.details["rule"] == "RFC6749-5.2.invalid_client"
    assert line.details["error"] == "invalid_client"
    assert "canary" not in str(line)


@pytest.mark.parametrize(
    ("body", "client_id", "because"),
    [
        ({"client_id": "machine"}, "machine", "no secret was sent"),
        ({"client_id": "nobody"}, None, "unknown client 'nobody'"),
        ({}, None, "unknown client ''"),
    ],
)
async def test_other_failures_to_prove_a_client(
    gate, phone, body, client_id, because
) -> None:
    await refused(phone, grant_type="client_credentials", **body)
    line = await only(gate, "feccft")
    assert line.client_id == client_id
    assert line.details["because"] == because


@pytest.mark.parametrize(
    ("more", "status", "client_id", "rule"),
    [
        ({}, 401, "machine", "RFC6749-5.2.invalid_client"),
        ({"client_secret": MACHINE_SECRET}, 400, None, "RFC6749-2.3"),
    ],
    ids=["a wrong secret", "two methods"],
)
async def test_a_failure_in_the_header(
    gate, phone, more, status, client_id, rule
) -> None:
    coded = base64.b64encode(b"machine:cs_wrong").decode()
    headers = {"authorization": f"Basic {coded}"}
    body = {"grant_type": "client_credentials", "audience": API, **more}
    await refused(phone, status, headers=headers, **body)
    line = await only(gate, "feccft")
    assert (line.client_id, line.details["rule"]) == (client_id, rule)


async def test_what_names_no_grant_is_no_exchange(gate, phone: Phone) -> None:
    await refused(phone, 400, client_id="machine", client_secret="wrong")
    await refused(phone, 400, client_id="machine", grant_type="implicit")
    assert await gate.log_types() == []
