"""What is written down: no secret, and no line somebody else made (ASVS 5.0, V16)."""

from __future__ import annotations

import logging

import pytest

from gatelodge.model.reads import TailLog
from tests.protocol.gatehouse import PASSWORD, WEB_SECRET, Phone, Visitor, form_of
from tests.security.mails import ask_reset, newest_link
from tests.security.wire import FORM, HOST, OURS, raw

FRESH = "a Brand new pass 9"


async def test_a_whole_flow_writes_no_secret_anywhere(gate, ada, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {PASSWORD, FRESH, WEB_SECRET}
    visitor, web = (
        Visitor(gate),
        Phone(gate, "web", "https://web.example.com/callback", WEB_SECRET),
    )
    page = await visitor.get(web.authorize_url(nonce="n-canary-1"))
    secrets.add(form_of(page.text).fields["state"])
    await visitor.send(page, username=ada, password="wrong canary pass")
    secrets.add("wrong canary pass")
    landed = await visitor.send(page, username=ada, password=PASSWORD)
    code = web.answer(landed)["code"]
    await web.exchange(code, code_verifier="w" * 43)
    tokens = (await web.exchange(code)).json()
    again = await web.exchange(code)
    assert again.status_code == 400
    renewed = (await web.renew(tokens["refresh_token"])).json()
    await web.renew("rt_canary" + "A" * 90)
    opaque = await web.tokens(visitor, ada, audience=None, prompt="login")
    for answer in (tokens, renewed, opaque):
        await web.http.get(
            "/userinfo", headers={"authorization": f"Bearer {answer['access_token']}"}
        )
        secrets |= {answer["access_token"], answer["id_token"], answer["refresh_token"]}
    await web.http.get("/userinfo", headers={"authorization": "Bearer canary.a.b"})
    secrets |= {code, web.verifier, "canary.a.b", "rt_canary"}
    secrets |= set(visitor.client.cookies.values())
    _, link = await ask_reset(gate, ada)
    secrets.add(link.partition("ticket=")[2])
    await visitor.send(await visitor.get(link), password=FRESH)
    page = await visitor.get(web.authorize_url(screen_hint="signup", prompt="login"))
    await visitor.send(page, email="new@example.com", password=FRESH)
    verify = await newest_link(visitor, "/u/verify-email")
    secrets.add(verify.partition("ticket=")[2])
    await visitor.send(await visitor.get(verify))
    await web.post("/oauth/revoke", token=renewed["refresh_token"])
    await visitor.get(f"/oidc/logout?id_token_hint={tokens['id_token']}")

    await nothing_of(secrets, gate, caplog.records)


async def nothing_of(secrets: set[str], gate, records) -> None:
    """Neither the process's log nor the tenant's holds one of these."""
    own = [record for record in records if not record.name.startswith("httpx")]
    assert own, "nothing was logged: this test would prove nothing"
    lines = [record.getMessage() for record in own if record.name != "asyncio"]
    kept = await gate.house.store.read(TailLog(limit=500))
    assert len(kept) > 10
    written = "\n".join([*lines, *map(str, kept)])
    for secret in secrets:
        assert secret not in written
        assert secret[:40] not in written


@pytest.mark.parametrize(
    "value", ["x\r\n2026 INFO a forged line", "x\u2028y", "\x1b[31mred\x07", "\x85z"]
)
async def test_no_caller_writes_a_line_of_their_own(gate, caplog, value) -> None:
    caplog.set_level(logging.INFO, "gatelodge")
    http = gate.http()
    fields = ("grant_type", "client_id", "code", "refresh_token", "scope", "audience")
    for name in fields:
        body = {"grant_type": "authorization_code", "client_id": "native", name: value}
        await http.post("/oauth/token", data=body)
        await http.post("/oauth/token", data={**body, value: "1"})
    for name in ("client_id", "redirect_uri", "response_type", "scope", "connection"):
        query = {"client_id": "native", "redirect_uri": "com.example.app:/callback"}
        await http.get("/authorize", params={**query, name: value})
    await http.get("/v2/logout", params={"client_id": value, "returnTo": value})
    await http.get("/v2/logout", params={"returnTo": value})
    own = [record for record in caplog.records if record.name.startswith("gatelodge")]
    assert len(own) > 10
    for record in own:
        message = record.getMessage()
        assert message.isprintable(), repr(message)
        assert len(message) < 600


async def test_errors_tell_nothing_about_the_inside(gate, monkeypatch, caplog) -> None:
    """A mistake of ours: a trace id for the person, all else for the operator."""
    from gatelodge.endpoints import browser

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the table /srv/secret is gone")

    monkeypatch.setattr(browser, "find_signed_in", broken)
    for path in ("/oidc/logout", "/v2/logout"):
        answer = await raw(gate, "GET", path)
        assert answer.status == 500
        for inside in ("secret", "Traceback", "RuntimeError", ".py", "sqlite"):
            assert inside not in answer.text
        assert answer.headers["x-request-id"] in answer.text
    traced = [r for r in caplog.records if r.exc_info and r.name == "gatelodge.web"]
    assert len(traced) == 2


async def test_a_page_that_cannot_be_drawn_is_an_answer_too(gate, caplog) -> None:
    class Torn:
        favicon = b""

        def page(self, *_: object, **__: object) -> None:
            raise RuntimeError("no ink")

    gate.house.pages = Torn()
    answer = await raw(gate, "GET", "/")
    assert answer.status == 500
    assert '"server_error"' in answer.text
    assert "no ink" not in answer.text
    assert any(record.exc_info for record in caplog.records)


async def test_what_somebody_calls_themselves_is_cut(gate, caplog) -> None:
    agent = (b"user-agent", b"x\x1b[31m" * 5000)
    body = b"client_id=machine&grant_type=client_credentials&client_secret=no"
    await raw(
        gate, "POST", "/oauth/token", headers=(HOST, FORM, OURS, agent), body=body
    )
    for line in await gate.house.store.read(TailLog(limit=10)):
        assert len(line.agent) <= 400
        assert line.agent.isprintable()
