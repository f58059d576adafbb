"""Actions at the token endpoint: when tokens are renewed, when a client acts itself."""

from __future__ import annotations

import pytest

from gatelodge.model.action import Action
from tests.protocol.gatehouse import API, MACHINE_SECRET, Phone, claims_of

from .conftest import account, line, register

EVERY = """
def on_execute_post_login(event, api):
    renewed = event.transaction.protocol == "oauth2-refresh-token"
    plan = event.user.app_metadata.plan
    if renewed and plan == "closed":
        return api.access.deny("The plan has ended")
    if renewed and plan == "away":
        return api.redirect.send_user_to("https://x.example.com/")
    if renewed and plan == "mfa":
        return api.multifactor.enable("any")
    if renewed and plan == "crash":
        raise ValueError
    api.access_token.set_custom_claim("plan", plan)
    api.id_token.set_custom_claim("event", event if renewed else None)
    api.access_token.add_scope("extra:x")
    if renewed:
        api.user.set_app_metadata("renewed", event.refresh_token.id)
"""


@pytest.fixture
async def tokens(gate, write, visitor, phone):
    write("10.py", EVERY)
    await gate.house.actions.refresh()
    return await phone.tokens(visitor, "ada@example.com")


async def plan(gate, tokens, value: str) -> None:
    """The administrator changes Ada's plan."""
    import msgspec

    from gatelodge.model.writes import UpdateUser

    ada = await account(gate, claims_of(tokens["id_token"])["sub"])
    fresh = msgspec.structs.replace(
        ada, app_metadata={"plan": value}, updated_at=ada.updated_at + 1
    )
    change = UpdateUser(user=fresh, seen_updated_at=ada.updated_at)
    assert await gate.house.store.commit((change,))


async def test_a_renewal_asks_again(gate, phone, tokens) -> None:
    await plan(gate, tokens, "gold")
    answer = (await phone.renew(tokens["refresh_token"])).json()
    assert claims_of(answer["access_token"])["plan"] == "gold"
    assert answer["scope"].split()[-1] == "extra:x"
    event = claims_of(answer["id_token"])["event"]
    assert event["transaction"]["protocol"] == "oauth2-refresh-token"
    assert event["request"]["body"] == {
        "client_id": "native",
        "grant_type": "refresh_token",
    }
    assert tokens["refresh_token"] not in repr(event)
    ada = await account(gate, claims_of(answer["id_token"])["sub"])
    assert ada.app_metadata == {"plan": "gold", "renewed": event["refresh_token"]["id"]}
    assert (await line(gate, "sertft")).details["actions"][0]["name"] == "10.py"


@pytest.mark.rule("Auth0-action-interaction")
@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        ("closed", "access_denied", "The plan has ended"),
        ("away", "interaction_required", "Interaction required"),
        ("mfa", "interaction_required", "Interaction required"),
        ("crash", "access_denied", "The request could not be completed."),
    ],
)
async def test_a_renewal_that_is_refused_spends_nothing(
    gate, phone, tokens, value, error, says
) -> None:
    await plan(gate, tokens, value)
    refused = await phone.renew(tokens["refresh_token"])
    assert refused.status_code == 400
    assert refused.json() == {"error": error, "error_description": says}
    assert (await line(gate, "fertft")).details["actions"]
    failed = await line(gate, "actions_execution_failed")
    assert (failed is not None) == (value == "crash")
    await plan(gate, tokens, "gold")
    assert (await phone.renew(tokens["refresh_token"])).status_code == 200


async def test_nobody_is_asked_about_a_bad_token(gate, phone, tokens) -> None:
    await phone.renew("rt_nonsense")
    other = await Phone(gate, "spa").renew(tokens["refresh_token"])
    assert other.json()["error"] == "invalid_grant"
    assert "actions" not in (await line(gate, "fertft")).details


async def test_a_scope_ends_with_the_action_that_gave_it(
    gate, phone, tokens, folder
) -> None:
    assert "extra:x" in tokens["scope"]
    (folder / "10.py").unlink()
    await gate.house.actions.refresh()
    answer = (await phone.renew(tokens["refresh_token"])).json()
    assert "extra:x" not in answer["scope"]


CREDENTIALS = """
def on_execute_credentials_exchange(event, api):
    if event.request.body.tenant == "closed":
        return api.access.deny("invalid_scope", "Not for this tenant")
    if event.request.body.tenant == "broken":
        return api.access.deny("server_error", "Come back later")
    if event.request.body.tenant == "crash":
        raise ValueError
    if event.request.body.tenant == "wrong":
        return api.user.set_app_metadata("a", 1)
    api.access_token.set_custom_claim("event", event)
    api.access_token.set_custom_claim("sub", "me")
    api.access_token.add_scope("extra:x")
    api.access_token.remove_scope("write:x")
"""


@pytest.fixture
async def machine(gate, write):
    write("10.py", CREDENTIALS)
    await gate.house.actions.refresh()
    machine = Phone(gate, "machine", secret=MACHINE_SECRET)

    async def ask(**more: str):
        fields = {"grant_type": "client_credentials", "audience": API, **more}
        return await machine.post("/oauth/token", **fields)

    return ask


async def test_a_machine_token_with_claims_and_scopes(gate, machine) -> None:
    answer = (await machine(tenant="a")).json()
    assert answer["scope"].split()[-1] == "extra:x"
    claims = claims_of(answer["access_token"])
    assert claims["scope"] == answer["scope"]
    assert claims["sub"] == "machine@clients"
    assert claims["event"]["request"]["body"] == {
        "grant_type": "client_credentials",
        "audience": API,
        "client_id": "machine",
        "tenant": "a",
    }
    assert MACHINE_SECRET not in repr(claims)
    assert (await line(gate, "seccft")).details["actions"]


@pytest.mark.rule("Auth0-action-denied")
@pytest.mark.parametrize(
    ("tenant", "error", "says"),
    [
        ("closed", "invalid_scope", "Not for this tenant"),
        ("broken", "access_denied", "Come back later"),
        ("crash", "access_denied", "The request could not be completed."),
        ("wrong", "access_denied", "The request could not be completed."),
    ],
)
async def test_a_machine_that_is_refused(gate, machine, tenant, error, says) -> None:
    answer = await machine(tenant=tenant)
    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": says}
    assert (await line(gate, "feccft")).details["actions"]
    assert await line(gate, "seccft") is None


async def test_a_machine_and_an_action_that_may_fail(gate, machine) -> None:
    await register(gate, Action(name="10.py", on_failure="continue"))
    assert (await machine(tenant="crash")).status_code == 200
    assert await line(gate, "actions_execution_failed")


async def test_nobody_is_asked_about_a_bad_request(gate, machine) -> None:
    assert (await machine(audience="https://nowhere/")).status_code == 400
    assert "actions" not in (await line(gate, "feccft")).details
