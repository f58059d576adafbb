"""The grants that carry a password (contract 3.4): off unless a client has them."""

from __future__ import annotations

import pytest

from gatelodge.model.reads import FindPerson, TailLog
from gatelodge.model.writes import BlockUser

from .gatehouse import API, PASSWORD, WEB_SECRET, Phone, claims_of
from .passwordless import allow

OWN = "Username-Password-Authentication"
REALM = "http://auth0.com/oauth/grant-type/password-realm"
ADA = "ada@example.com"
WRONG = {"error": "invalid_grant", "error_description": "Wrong email or password."}


@pytest.fixture
async def ada(gate):
    await allow(gate, "password", REALM)
    return await gate.user(ADA, role="rol_reader")


async def by_realm(phone: Phone, password: str = PASSWORD, **more: str):
    fields = {"username": ADA, "password": password, "realm": OWN, **more}
    return await phone.post("/oauth/token", grant_type=REALM, **fields)


async def by_password(phone: Phone, password: str = PASSWORD, **more: str):
    fields = {"username": ADA, "password": password, **more}
    return await phone.post("/oauth/token", grant_type="password", **fields)


async def test_it_is_off(gate, phone) -> None:
    await gate.user(ADA)
    for answer in (await by_realm(phone), await by_password(phone)):
        assert answer.json()["error"] == "unauthorized_client"


async def test_tokens_for_a_password(gate, phone, ada) -> None:
    answer = await by_realm(
        phone,
        audience=API,
        scope="openid offline_access read:x",
        username=" Ada@Example.com",
    )
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert claims_of(tokens["id_token"])["sub"] == ada.user_id
    assert claims_of(tokens["access_token"])["gty"] == "password"
    assert set(tokens["scope"].split()) == {"openid", "offline_access", "read:x"}
    assert (await phone.renew(tokens["refresh_token"])).status_code == 200
    known = await gate.house.store.read(FindPerson(user_id=ada.user_id))
    assert known.user.logins == 1
    assert "sepft" in await gate.log_types()


@pytest.mark.rule("Auth0-default-directory")
async def test_without_a_realm_the_default_directory_is_asked(gate, phone, ada) -> None:
    none = await by_password(phone)
    assert none.json()["error_description"] == (
        "Authorization server not configured with default connection."
    )
    assert (await by_password(phone, realm=OWN)).status_code == 200
    await gate.settings(default_directory=OWN)
    assert (await by_password(phone)).status_code == 200


@pytest.mark.rule("Auth0-wrong-credentials")
async def test_unknown_and_wrong_are_one(gate, phone, ada) -> None:
    for answer in (
        await by_realm(phone, "wrong"),
        await by_realm(phone, username="eve@example.com"),
    ):
        assert (answer.status_code, answer.json()) == (400, WRONG)
    await gate.settings(error_profile="auth0")
    assert (await by_realm(phone, "wrong")).status_code == 403
    lines = await gate.house.store.read(TailLog(type="fepft"))
    assert [line.user_id for line in lines].count(ada.user_id) == 2
    assert len(lines) == 3


@pytest.mark.rule("RFC6749-4.3.2.parameters")
@pytest.mark.parametrize("name", ["username", "password", "realm"])
async def test_what_is_missing(phone, ada, name) -> None:
    answer = await by_realm(phone, **{name: ""})
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": f"Missing required parameter: {name}",
    }


async def test_a_realm_that_is_no_database_of_the_client(gate, phone, ada) -> None:
    from .passwordless import connect

    await connect(gate)
    for realm in ("nowhere", "email"):
        answer = await by_realm(phone, realm=realm)
        assert answer.json()["error"] == "invalid_request"


async def test_somebody_blocked(gate, phone, ada) -> None:
    at = gate.clock.now()
    block = BlockUser(user_id=ada.user_id, blocked_at=at, updated_at=at)
    assert await gate.house.store.commit((block,))
    answer = await by_realm(phone)
    assert answer.json()["error"] == "unauthorized"
    assert (await by_realm(phone, "wrong")).json() == WRONG


async def test_one_proof_may_not_be_enough(gate, phone, ada) -> None:
    await gate.settings(mfa={"policy": "always"})
    assert (await by_realm(phone)).json()["error"] == "mfa_required"


async def test_an_outdated_hash_is_renewed(gate, phone, ada) -> None:
    from gatelodge.hasher import Hasher
    from gatelodge.model.reads import FindAccount
    from gatelodge.model.user import Password
    from gatelodge.model.writes import PutPassword

    weak = Hasher(memory=16, passes=1).hash(PASSWORD)
    password = Password(user_id=ada.user_id, phc=weak, changed_at=gate.clock.now())
    assert await gate.house.store.commit((PutPassword(password=password),))
    assert (await by_realm(phone)).status_code == 200
    found = await gate.house.store.read(
        FindAccount(connection_id=ada.connection_id, identifier=ADA)
    )
    assert found.password.phc != weak


@pytest.mark.rule("Auth0-too-many-attempts")
async def test_the_eleventh_is_not_looked_at(gate, phone, ada) -> None:
    for _ in range(10):
        assert (await by_realm(phone, "wrong")).json() == WRONG
    answer = await by_realm(phone)
    assert (answer.status_code, answer.json()["error"]) == (429, "too_many_attempts")
    assert answer.headers["x-ratelimit-limit"] == "10"
    assert answer.headers["x-ratelimit-remaining"] == "0"
    again = gate.clock.now() // 1000 + 30 * 86_400
    assert answer.headers["x-ratelimit-reset"] == str(again)
    assert "limit_wc" in await gate.log_types()
    gate.clock.turn(seconds=30 * 86_400)
    assert (await by_realm(phone)).status_code == 200


async def test_a_right_one_forgives(phone, ada) -> None:
    for _ in range(2):
        for _ in range(9):
            await by_realm(phone, "wrong")
        assert (await by_realm(phone)).status_code == 200


async def test_another_address_is_another_count(gate, ada) -> None:
    """A server that signs people in tells whose attempt it is."""
    await allow(gate, REALM, client_id="web")
    await gate.change_options("web", trusts_forwarded_for=True)
    web = Phone(gate, "web", secret=WEB_SECRET)

    async def attempt(address: str, password: str):
        fields = {"username": ADA, "password": password, "realm": OWN}
        body = {"client_id": "web", "client_secret": WEB_SECRET, **fields}
        return await web.http.post(
            "/oauth/token",
            data={"grant_type": REALM, **body},
            headers={"auth0-forwarded-for": address},
        )

    for _ in range(10):
        await attempt("198.51.100.66", "wrong")
    assert (await attempt("198.51.100.66", PASSWORD)).status_code == 429
    assert (await attempt("198.51.100.7", PASSWORD)).status_code == 200
