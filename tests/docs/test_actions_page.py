"""Each function of docs/actions.md, run by a real server's own child process."""

from __future__ import annotations

import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from gatelodge.actions import folder
from gatelodge.actions.functions import Functions
from gatelodge.actions.webhook import signature
from gatelodge.login import action_commands
from gatelodge.oauth.outcome import NOTHING, Outcome
from tests.docs.conftest import open_place
from tests.docs.pages import ROOT, fences
from tests.protocol.gatehouse import claims_of

PAGE = ROOT / "docs" / "actions.md"
BLOCKS = [one for one in fences(PAGE) if one.language == "python"]
FILES = {one.info["file"]: one.code for one in BLOCKS if one.info}
URL = "https://timesheets.example.com"
TERMS = "https://terms.example.com/"
EVENT = {
    "issuer": "https://login.example.com/",
    "user": {
        "user_id": "auth0|1",
        "email": "ada@example.com",
        "app_metadata": {"plan": "gold"},
    },
    "client": {"name": "Nightly report"},
    "authorization": {"roles": ["Manager"]},
    "transaction": {"protocol": "oidc-basic-profile"},
    "request": {"ip": "192.0.2.7", "query": {"state": "s"}, "body": {}},
    "stats": {"logins_count": 3},
    "secrets": {"TERMS": "a secret that both sides know"},
}


@pytest.fixture
def own(tmp_path):
    made = tmp_path / "actions"
    made.mkdir()
    for name, code in FILES.items():
        (made / name).write_text(code)
    return made


@pytest.fixture
async def functions(own):
    opened = Functions(str(own))
    yield opened
    await opened.close()


async def ran(functions, name: str, function: str, **changes) -> Outcome:
    trigger = folder.FUNCTIONS[function]
    raw = await functions.call(
        file=name,
        function=function,
        trigger=trigger,
        event={**EVENT, **changes},
        seconds=5,
    )
    return action_commands.after(NOTHING, action_commands.read(raw, trigger))


async def test_roles(functions) -> None:
    said = await ran(functions, "10_roles.py", "on_execute_post_login")
    assert said.id_token == said.access_token == {f"{URL}/roles": ["Manager"]}


async def test_rules(functions) -> None:
    said = await ran(functions, "20_rules.py", "on_execute_post_login")
    assert (said.mfa, said.remember_browser) == (True, False)
    assert said.scopes == {"approve:timesheets": True}
    assert said.app_metadata == {"logins": 3}
    machine = "on_execute_credentials_exchange"
    said = await ran(functions, "20_rules.py", machine)
    assert said.access_token == {f"{URL}/job": "Nightly report"}
    before = "on_execute_pre_user_registration"
    assert await ran(functions, "20_rules.py", before) == NOTHING
    stranger = {"email": "a@elsewhere.example.org"}
    denied = (await ran(functions, "20_rules.py", before, user=stranger)).denied
    assert denied.user_message == "Please use your company's address."
    after = "on_execute_post_user_registration"
    assert await ran(functions, "20_rules.py", after) == NOTHING


async def test_terms(functions) -> None:
    said = await ran(functions, "30_terms.py", "on_execute_post_login")
    assert said.redirect.startswith(f"{TERMS}?session_token=")
    token = parse_qs(urlsplit(said.redirect).query)["session_token"][0]
    assert claims_of(token)["page"] == "terms"
    query = {"state": "s", "session_token": token}
    with pytest.raises(Exception, match="belongs to another state"):
        await ran(
            functions,
            "30_terms.py",
            "on_continue_post_login",
            request={"ip": "192.0.2.7", "query": query, "body": {}},
        )


async def test_ported(functions) -> None:
    said = await ran(functions, "40_ported.py", "on_execute_post_login")
    assert said.id_token == {"https://example.com/plan": "gold"}
    closed = {**EVENT["user"], "app_metadata": {"plan": "closed"}}
    said = await ran(functions, "40_ported.py", "on_execute_post_login", user=closed)
    assert said.denied.reason == "The plan has ended"


def test_the_receiver_believes_what_we_sign() -> None:
    (code,) = [one.code for one in BLOCKS if not one.info]
    names: dict = {}
    exec(compile(code, "receiver.py", "exec"), names)  # noqa: S102 - the page's own
    body, secret = json.dumps({"id": "msg_1"}).encode(), "a long enough secret"
    now = int(time.time() * 1000)
    headers = signature(body, message_id="msg_1", at=now, secret=secret)
    seen: set = set()
    assert names["is_genuine"](headers, body, secret, seen)
    assert not names["is_genuine"](headers, body, secret, seen)
    assert not names["is_genuine"](headers, body + b" ", secret, set())
    assert not names["is_genuine"](headers, body, "another secret", set())
    old = signature(body, message_id="msg_1", at=now - 301_000, secret=secret)
    assert not names["is_genuine"](old, body, secret, set())


def test_a_running_server_asks_the_folder(prepared, own, tmp_path) -> None:
    (tmp_path / "gatelodge.toml").write_text(f"actions_folder = {json.dumps(str(own))}")
    with open_place(prepared, tmp_path) as place:
        claims = claims_of(place.token())
        assert claims[f"{URL}/job"] == "Nightly report"
        done = place.run(sys.executable, "-m", "gatelodge", "doctor")
    assert "10_roles.py, 20_rules.py" in done.stdout


def test_a_folder_that_cannot_be_used_does_not_start(prepared, tmp_path) -> None:
    (tmp_path / "one.py").write_text("def on_execute_post_login(event, api:")
    command = (sys.executable, "-m", "gatelodge", "serve", "--actions-folder")
    done = prepared.run(*command, str(tmp_path))
    assert done.returncode == 1
    assert "one.py is no Python" in done.stderr
    assert "Traceback" not in done.stderr
