"""``/passwordless/start`` and the grant of the code it sends (contract 3.4, 3.7)."""

from __future__ import annotations

import pytest

from gatelodge.model.reads import TailLog

from .gatehouse import API, WEB_SECRET, Gatehouse, Phone, Visitor, claims_of
from .passwordless import (
    NUMBER,
    OTP,
    allow,
    block,
    connect,
    newest_code,
    newest_link,
    outbox,
    person,
    wrong,
)

ADA = "ada@example.com"
BY_MAIL = {"connection": "email", "email": ADA, "send": "code"}
WRONG = {
    "error": "invalid_grant",
    "error_description": "Wrong email or verification code.",
}


@pytest.fixture
async def email(gate: Gatehouse) -> None:
    await connect(gate)
    await allow(gate, OTP)


async def start(phone: Phone, **fields: object) -> object:
    body = {"client_id": phone.client_id, **fields}
    return await phone.http.post("/passwordless/start", json=body)


async def redeem(phone: Phone, code: str, username: str = ADA, **more: str) -> object:
    fields = {"username": username, "otp": code, "realm": "email", **more}
    return await phone.post("/oauth/token", grant_type=OTP, **fields)


async def test_a_code_by_mail(gate, phone, email) -> None:
    answer = await start(phone, **BY_MAIL)
    assert answer.status_code == 200
    assert answer.json() | {"_id": ""} == {
        "_id": "",
        "email": ADA,
        "email_verified": False,
    }
    tokens = await redeem(
        phone, await newest_code(gate, ADA), scope="openid email", audience=API
    )
    assert tokens.status_code == 200, tokens.text
    said = claims_of(tokens.json()["id_token"])
    assert (said["email"], said["email_verified"]) == (ADA, True)
    assert said["sub"] == (await person(gate, ADA)).user_id
    assert {"cs", "ss", "s"} <= set(await gate.log_types())


async def test_a_code_by_text(gate, phone) -> None:
    await connect(gate, "sms")
    await allow(gate, OTP)
    answer = await start(phone, connection="sms", phone_number="+44 7400 123456")
    assert answer.json()["phone_number"] == NUMBER
    ((to, text),) = await outbox(gate)
    assert "@localhost" not in text  # not our page: no phone fills it in there
    tokens = await redeem(phone, await newest_code(gate, to), NUMBER, realm="sms")
    assert tokens.status_code == 200, tokens.text
    # No scope at all and no API: nothing but the token for /userinfo.
    assert tokens.json()["scope"] == ""
    told = await redeem(phone, "123456", NUMBER, realm="sms")
    assert told.json()["error_description"] == (
        "Wrong phone number or verification code."
    )


async def test_no_scope_is_every_scope_of_the_api(gate, phone, email) -> None:
    await start(phone, **BY_MAIL)
    tokens = await redeem(phone, await newest_code(gate, ADA), audience=API)
    assert tokens.json()["scope"] == "read:x write:x"


async def test_the_second_time_it_is_the_same_person(gate, phone, email) -> None:
    for _ in range(2):
        await start(phone, **BY_MAIL)
        assert (await redeem(phone, await newest_code(gate, ADA))).status_code == 200
    known = await person(gate, ADA)
    assert (known.logins, (await gate.log_types()).count("ss")) == (2, 1)


@pytest.mark.parametrize("profile", ["rfc", "auth0"])
async def test_what_does_not_count(gate, phone, email, profile) -> None:
    await gate.settings(error_profile=profile)
    await start(phone, **BY_MAIL)
    code = await newest_code(gate, ADA)
    for answer in (
        await redeem(phone, wrong(code)),
        await redeem(phone, code, "grace@example.com"),
        await redeem(phone, code, "nobody"),
    ):
        assert answer.json() == WRONG
        assert answer.status_code == (403 if profile == "auth0" else 400)
    assert (await redeem(phone, code)).status_code == 200
    assert (await redeem(phone, code)).json() == WRONG
    assert (await gate.log_types()).count("fepotpft") == 4


@pytest.mark.rule("Auth0-otp-parameters")
@pytest.mark.rule("Auth0-realm")
async def test_what_a_grant_lacks(gate, phone, email) -> None:
    for name in ("username", "otp", "realm"):
        answer = await redeem(
            phone, **{"code": "123456", name: ""} if name != "otp" else {"code": ""}
        )
        assert answer.json()["error_description"] == (
            f"Missing required parameter: {name}"
        )
    own = "Username-Password-Authentication"
    for realm in ("sms", own, "nowhere"):
        answer = await redeem(phone, "123456", realm=realm)
        assert answer.json()["error"] == "invalid_request"


async def test_a_client_without_the_grant(gate, phone) -> None:
    await connect(gate)
    for answer in (await start(phone, **BY_MAIL), await redeem(phone, "123456")):
        assert answer.json()["error"] == "unauthorized_client"
    assert await outbox(gate) == []


async def test_an_api_that_cannot_be_had_costs_no_code(gate, phone, email) -> None:
    await start(phone, **BY_MAIL)
    code = await newest_code(gate, ADA)
    answer = await redeem(phone, code, audience="https://nowhere.example.com")
    assert answer.json()["error"] == "access_denied"
    assert (await redeem(phone, code)).status_code == 200


async def test_a_sign_in_that_fails_makes_no_account(gate, phone, email) -> None:
    await gate.change_api_options(skip_consent=False)
    await start(phone, **BY_MAIL)
    answer = await redeem(phone, await newest_code(gate, ADA), audience=API)
    assert answer.json()["error"] == "unauthorized_client"
    assert await person(gate, ADA) is None


async def test_one_proof_may_not_be_enough(gate, phone, email) -> None:
    """The account is there then: a second factor belongs to somebody."""
    await gate.settings(mfa={"policy": "always"})
    await start(phone, **BY_MAIL)
    answer = await redeem(phone, await newest_code(gate, ADA))
    assert answer.json()["error"] == "mfa_required"
    assert (await person(gate, ADA)).logins == 1


async def test_somebody_blocked(gate, phone, email) -> None:
    await start(phone, **BY_MAIL)
    await redeem(phone, await newest_code(gate, ADA))
    await start(phone, **BY_MAIL)
    code = await newest_code(gate, ADA)
    await block(gate, await person(gate, ADA))
    sent = len(await outbox(gate))
    answer = await redeem(phone, code)
    assert answer.json() == {
        "error": "unauthorized",
        "error_description": "user is blocked",
    }
    assert (await start(phone, **BY_MAIL)).status_code == 200
    assert len(await outbox(gate)) == sent


# -- the start ------------------------------------------------------------------------


@pytest.mark.rule("Auth0-passwordless-client")
@pytest.mark.rule("Auth0-passwordless-connection")
@pytest.mark.rule("Auth0-passwordless-address")
@pytest.mark.rule("Auth0-passwordless-send")
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"client_id": "nobody"}, "bad.client_id"),
        ({"client_id": None}, "bad.client_id"),
        ({"connection": "sms"}, "bad.connection"),
        ({"connection": "Username-Password-Authentication"}, "bad.connection"),
        ({"connection": None}, "bad.connection"),
        ({"email": "nobody"}, "bad.email"),
        ({"email": None}, "bad.email"),
        ({"send": "pigeon"}, "bad.request"),
        ({"send": "link"}, "bad.authParams"),
    ],
)
async def test_what_is_wrong_has_auth0s_codes(gate, phone, email, fields, code) -> None:
    answer = await start(phone, **{**BY_MAIL, **fields})
    assert answer.status_code == 400
    assert answer.json()["error"] == code
    assert await outbox(gate) == []


async def test_what_is_no_number(gate, phone) -> None:
    await connect(gate, "sms", regions=("GB",))
    await allow(gate, OTP)
    for number in ("", "07400 123456", "+49 1512 3456789", "+44 900 123 4567"):
        answer = await start(phone, connection="sms", phone_number=number)
        assert answer.json()["error"] == "bad.phone_number", number


async def test_a_form_does_as_well(gate, phone, email) -> None:
    answer = await phone.post("/passwordless/start", **BY_MAIL)
    assert answer.status_code == 200
    assert await newest_code(gate, ADA)


async def test_the_language_is_the_app_s_header(gate, phone, email) -> None:
    body = {"client_id": "native", **BY_MAIL}
    headers = {"x-request-language": "de", "accept-language": "en"}
    await phone.http.post("/passwordless/start", json=body, headers=headers)
    assert "Sagen Sie ihn niemandem" in (await outbox(gate))[0][1]


async def test_a_confidential_client_proves_itself(gate, email) -> None:
    await allow(gate, OTP, client_id="web")
    web = Phone(gate, "web")
    for secret in (None, "wrong"):
        more = {"client_secret": secret} if secret else {}
        answer = await start(web, **BY_MAIL, **more)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert (await start(web, **BY_MAIL, client_secret=WEB_SECRET)).status_code == 200
    await gate.settings(enforce_client_authentication_on_passwordless_start=False)
    assert (await start(web, **BY_MAIL)).status_code == 200
    wrong_still = await start(web, **BY_MAIL, client_secret="wrong")
    assert wrong_still.status_code == 401


async def test_the_person_s_own_address_counts(gate, email) -> None:
    """Told by a client that has proven itself and may tell it (contract 1.2)."""
    await allow(gate, OTP, client_id="web")
    web = Phone(gate, "web")

    async def ask(address: str) -> None:
        body = {"client_id": "web", "client_secret": WEB_SECRET, **BY_MAIL}
        headers = {"auth0-forwarded-for": address}
        await web.http.post("/passwordless/start", json=body, headers=headers)

    await ask("198.51.100.1")
    await gate.change_options("web", trusts_forwarded_for=True)
    await ask("198.51.100.2")
    await ask("not an address")
    lines = await gate.house.store.read(TailLog(type="cs"))
    assert sorted(line.ip for line in lines) == [
        "192.0.2.7",
        "192.0.2.7",
        "198.51.100.2",
    ]


async def test_a_public_client_tells_no_address(gate, phone, email) -> None:
    await gate.change_options("native", trusts_forwarded_for=True)
    body = {"client_id": "native", **BY_MAIL}
    headers = {"auth0-forwarded-for": "198.51.100.2"}
    await phone.http.post("/passwordless/start", json=body, headers=headers)
    (line,) = await gate.house.store.read(TailLog(type="cs"))
    assert line.ip == "192.0.2.7"


# -- the link -------------------------------------------------------------------------


def wanted(phone: Phone, **changes: str | None) -> dict[str, str | None]:
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(phone.authorize_url()).query)) | changes


async def test_a_link_leads_to_the_app_that_asked(gate, phone, email) -> None:
    params = wanted(phone)
    answer = await start(phone, connection="email", email=ADA, authParams=params)
    assert answer.status_code == 200, answer.text
    visitor = Visitor(gate)  # any browser: the app knows its state and verifier
    page = await visitor.get(await newest_link(gate, ADA))
    assert f"Sign in as {ADA}" in page.text
    landed = phone.answer(await visitor.send(page))
    assert landed["state"] == "st&ate=1"
    tokens = (await phone.exchange(landed["code"])).json()
    assert claims_of(tokens["id_token"])["nonce"] == "n-1"
    assert "cls" in await gate.log_types()
    assert "code" in phone.answer(await visitor.get(phone.authorize_url()))


async def test_a_form_nests_its_parameters(gate, phone, email) -> None:
    nested = {f"authParams[{name}]": value for name, value in wanted(phone).items()}
    answer = await phone.post(
        "/passwordless/start", connection="email", email=ADA, **nested
    )
    assert answer.status_code == 200, answer.text
    page = await Visitor(gate).get(await newest_link(gate, ADA))
    assert "Sign in as" in page.text


@pytest.mark.rule("Auth0-passwordless-authParams")
@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://elsewhere.example.com/"},
        {"response_type": "token"},
        {"code_challenge": None},
        {"audience": "https://nowhere.example.com"},
        {"scope": "a\\b"},
    ],
)
async def test_a_request_that_would_not_be_taken(gate, phone, email, changes) -> None:
    params = wanted(phone, **changes)
    answer = await start(phone, connection="email", email=ADA, authParams=params)
    assert answer.json()["error"] == "bad.authParams"
    assert await outbox(gate) == []


async def test_a_link_always_shows_a_page(gate, phone, email) -> None:
    params = wanted(phone, prompt="none")
    await start(phone, connection="email", email=ADA, authParams=params)
    visitor = Visitor(gate)
    page = await visitor.get(await newest_link(gate, ADA))
    assert "code" in phone.answer(await visitor.send(page))
