"""A real child process runs the folder's functions, whatever they do."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from gatelodge.actions.failure import ActionFailed
from gatelodge.actions.functions import Functions

from .conftest import Write

EVENT = {
    "issuer": "http://localhost:8421/",
    "user": {"user_id": "auth0|1", "email": "ada@example.com", "app_metadata": {}},
    "request": {"ip": "192.0.2.7", "query": {"state": "s"}, "body": {}},
    "secrets": {"KEY": "k"},
}


async def call(functions: Functions, file: str = "one.py", **more):
    asked = {
        "function": "on_execute_post_login",
        "trigger": "post-login",
        "event": EVENT,
        "seconds": 5,
        **more,
    }
    return json.loads(await functions.call(file=file, **asked))


@pytest.fixture
async def opened(folder: Path, write: Write):
    """Functions whose one file says ``body``."""
    made: list[Functions] = []

    def begin(body: str, head: str = "") -> Functions:
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        write("one.py", f"{head}\ndef on_execute_post_login(event, api):\n{lines}\n")
        made.append(Functions(str(folder)))
        return made[-1]

    yield begin
    for functions in made:
        await functions.close()


async def test_commands_come_back_in_order(opened) -> None:
    functions = opened(
        'api.id_token.set_custom_claim("https://x/a", event.user.email)\n'
        'api.accessToken.addScope("read:x").accessToken.removeScope("write:x")\n'
        'api.multifactor.enable("any", {"allowRememberBrowser": False})\n'
        'api.user.set_app_metadata("seen", [1, {"a": None}])\n'
        'api.redirect.send_user_to("https://x/?a=1", query={"b": "c d"})\n'
        'api.access.deny("no")'
    )
    assert await call(functions) == [
        {
            "command": "idToken.setCustomClaim",
            "name": "https://x/a",
            "value": "ada@example.com",
        },
        {"command": "accessToken.addScope", "scope": "read:x"},
        {"command": "accessToken.removeScope", "scope": "write:x"},
        {
            "command": "multifactor.enable",
            "provider": "any",
            "allowRememberBrowser": False,
        },
        {"command": "user.setAppMetadata", "name": "seen", "value": [1, {"a": None}]},
        {"command": "redirect.sendUserTo", "url": "https://x/?a=1&b=c+d"},
        {"command": "access.deny", "reason": "no"},
    ]


async def test_the_event_is_read_like_in_javascript(opened) -> None:
    functions = opened(
        "said = [event.user.email == event['user']['email'],\n"
        "  event.organization is None, event.user.app_metadata.plan is None,\n"
        "  'email' in event.user, event.user.get('x', 1), len(event.secrets)]\n"
        "api.id_token.set_custom_claim('said', said)\n"
        "api.id_token.set_custom_claim('user', event.user)"
    )
    said, user = await call(functions)
    assert said["value"] == [True, True, True, True, 1, 1]
    assert user["value"] == EVENT["user"]


async def test_camel_case_and_async_functions(folder, write) -> None:
    write(
        "one.py",
        """
        async def onExecutePostLogin(event, api):
            api.idToken.setCustomClaim("a", 1)
        """,
    )
    functions = Functions(str(folder))
    try:
        assert [one["value"] for one in await call(functions)] == [1]
    finally:
        await functions.close()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("raise ValueError('bad plan')", r"ValueError: bad plan \(one.py:4\)"),
        ("import sys; sys.exit(1)", "SystemExit"),
        ("event.user.email = 'x'", "cannot be set"),
        ("api.nothing.here()", "not supported here"),
        ("api.id_token.set_custom_claim('a', float('nan'))", "ValueError"),
        ("api.id_token.set_custom_claim('a', object())", "no JSON value"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("f = lambda: f()\nf()", "RecursionError"),
        ("event['nothing']", "KeyError"),
        ("api.redirect.encode_token(payload={})", "needs a secret"),
    ],
)
async def test_an_exception_is_a_failure_and_the_child_lives_on(
    opened, body, why
) -> None:
    functions = opened(f"if event.fine: return\n{body}")
    with pytest.raises(ActionFailed, match=why):
        await call(functions)
    before = functions._idle[0]
    assert await call(functions, event={**EVENT, "fine": True}) == []
    assert functions._idle == [before]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("import os; os._exit(3)", "its process ended"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended"),
        ("while True: pass", "took longer than 0.5 seconds"),
        ("import time; time.sleep(60)", "took longer than"),
        ("api.id_token.set_custom_claim('a', 'x' * 300_000)", "more than 262144"),
        (
            "import os\nos.closerange(3, 20)",
            "ended|longer|no answer",
        ),
    ],
)
async def test_a_child_that_does_not_answer_is_replaced(opened, body, why) -> None:
    functions = opened(f"if event.fine: return\n{body}")
    with pytest.raises(ActionFailed, match=why):
        await call(functions, seconds=0.5 if "longer" in why else 5)
    assert functions._idle == [] or not functions._idle[0].alive
    assert await call(functions, event={**EVENT, "fine": True}) == []


async def test_noise_hurts_nobody(opened, caplog) -> None:
    caplog.set_level("INFO", "gatelodge.actions")
    functions = opened(
        "import os, sys, subprocess\n"
        "print('said', 'x' * 100_000)\n"
        "sys.stderr.write('y' * 100_000)\n"
        "os.write(1, b'{\"id\": 1}' * 1000); os.write(2, b'z' * 10_000)\n"
        "subprocess.run(['sh', '-c', 'cat; echo loud; echo louder >&2'])\n"
        "if os.fork() == 0: return\n"
        "api.id_token.set_custom_claim('a', 1)"
    )
    for _ in range(3):
        assert [one["value"] for one in await call(functions)] == [1]
    lines = [r.getMessage() for r in caplog.records if "said" in r.getMessage()]
    assert len(lines) == 3
    assert all(len(one) <= 256 + len("one.py: ") for one in lines)


async def test_what_a_function_started_ends_with_its_child(opened, tmp_path) -> None:
    functions = opened(
        f"import subprocess\n"
        f"started = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(started.pid))\n"
        f"while True: pass"
    )
    with pytest.raises(ActionFailed, match="took longer"):
        await call(functions, seconds=2)
    pid = int((tmp_path / "pid").read_text())
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or " Z " in state.read_text()


async def test_our_own_settings_are_not_told(opened, monkeypatch) -> None:
    monkeypatch.setenv("GATELODGE_MASTER_KEY", "the key")
    monkeypatch.setenv("CRM_URL", "https://crm.example.com")
    functions = opened(
        "import os\n"
        "told = sorted(n for n in os.environ if n.startswith(('GATELODGE', 'CRM')))\n"
        "api.id_token.set_custom_claim('told', told)"
    )
    assert (await call(functions))[0]["value"] == ["CRM_URL"]


async def test_several_at_once_and_never_more_than_four_children(opened) -> None:
    functions = opened(
        "import os, time; time.sleep(0.2)\n"
        "api.id_token.set_custom_claim('pid', os.getpid())"
    )
    answers = await asyncio.gather(*(call(functions) for _ in range(8)))
    assert 1 < len({one[0]["value"] for one in answers}) <= 4
    assert os.getpid() not in {one[0]["value"] for one in answers}


async def test_no_child_before_it_is_needed_and_none_left(opened) -> None:
    functions = opened("import os\napi.id_token.set_custom_claim('p', os.getpid())")
    assert functions._idle == []
    pid = (await call(functions))[0]["value"]
    await functions.close()
    assert not Path(f"/proc/{pid}").exists()


async def test_a_changed_folder_is_taken_up_a_broken_one_is_not(
    opened, write, caplog
) -> None:
    functions = opened("api.id_token.set_custom_claim('v', 1)")
    assert (await call(functions))[0]["value"] == 1
    write("one.py", "def on_execute_post_login(event, api:")
    await functions.refresh()
    assert "stay as they were" in caplog.text
    assert (await call(functions))[0]["value"] == 1
    opened("api.id_token.set_custom_claim('v', 2)")
    await functions.refresh()
    assert (await call(functions))[0]["value"] == 2


async def test_a_file_that_cannot_be_imported_fails_alone(folder, write) -> None:
    write("_shared.py", "ANSWER = 42\n")
    write("one.py", "import nowhere\ndef on_execute_post_login(event, api): ...\n")
    write(
        "two.py",
        """
        from _shared import ANSWER
        def on_execute_post_login(event, api):
            api.id_token.set_custom_claim("a", ANSWER)
        """,
    )
    functions = Functions(str(folder))
    try:
        with pytest.raises(ActionFailed, match="ModuleNotFoundError"):
            await call(functions)
        assert (await call(functions, "two.py"))[0]["value"] == 42
    finally:
        await functions.close()


async def test_a_session_token_comes_back_signed(opened) -> None:
    functions = opened(
        "token = api.redirect.encode_token(secret='s', payload={'a': 1})\n"
        "api.id_token.set_custom_claim('token', token)\n"
        "import base64, json, hmac\n"
        "def signed(claims):\n"
        "    b = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b'=').decode()\n"
        "    text = token.split('.')[0] + '.' + b(json.dumps(claims).encode())\n"
        "    return text + '.' + b(hmac.digest(b's', text.encode(), 'sha256'))\n"
        "good = {'sub': 'auth0|1', 'exp': 9e9, 'state': 's', 'a': 2}\n"
        "tries = [good, {**good, 'exp': 1}, {**good, 'sub': 'x'},\n"
        "         {**good, 'state': 'x'}, None]\n"
        "for claims in tries:\n"
        "    back = signed(claims) if claims else signed(good)[:-2] + 'AA'\n"
        "    event.request.query._values['session_token'] = back\n"
        "    try: said = api.redirect.validate_token({'secret': 's'})['a']\n"
        "    except Exception as error: said = str(error)\n"
        "    api.id_token.set_custom_claim('said', said)"
    )
    token, *said = [one["value"] for one in await call(functions)]
    assert token.count(".") == 2
    assert said[0] == 2
    assert [one.rpartition(" ")[2] for one in said[1:]] == [
        "expired",
        "person's",
        "state",
        "wrong",
    ]
