"""Several workers and several nodes behave as one (issue, points 1, 7, 9)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from tests.nodes.conftest import gatelodge, nodes
from tests.protocol.gatehouse import Phone, Visitor, claims_of


async def signed_in(node) -> dict:
    tokens: dict = await Phone(node).tokens(Visitor(node), "ada@example.com")
    return tokens


@pytest.mark.postgres
async def test_fifty_refreshes_on_two_nodes_give_one_successor(two_nodes) -> None:
    tokens = await signed_in(two_nodes[0])
    phones = [Phone(node) for node in two_nodes]
    answers = await asyncio.gather(
        *(phones[n % 2].renew(tokens["refresh_token"]) for n in range(50))
    )
    assert Counter(answer.status_code for answer in answers) == {200: 50}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


@pytest.mark.postgres
async def test_one_code_on_two_nodes_is_honoured_once(two_nodes) -> None:
    first, second = two_nodes
    phone = Phone(first)
    landed = await Visitor(first).sign_in(phone.authorize_url(), "ada@example.com")
    code = phone.answer(landed)["code"]
    phones = (phone, Phone(second))
    answers = await asyncio.gather(*(phones[n % 2].exchange(code) for n in range(50)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 49}
    won = next(answer for answer in answers if answer.status_code == 200)
    # every loser proved the verifier within seconds: lost answers, the family lives
    renewed = await phone.renew(won.json()["refresh_token"])
    assert renewed.status_code == 200


@pytest.mark.postgres
async def test_nodes_share_keys_and_take_up_changes(two_nodes, tmp_path) -> None:
    sets = []
    for node in two_nodes:
        async with node.http() as http:
            sets.append((await http.get("/.well-known/jwks.json")).json())
    assert sets[0] == sets[1]


@pytest.mark.postgres
async def test_a_killed_worker_is_replaced(two_nodes) -> None:
    node = two_nodes[0]
    tokens = await signed_in(node)
    children = _children(node.server.pid)
    assert len(children) == 2
    os.kill(children[0], signal.SIGKILL)
    for _ in range(200):
        if len(_children(node.server.pid)) == 2 and children[0] not in _children(
            node.server.pid
        ):
            break
        await asyncio.sleep(0.05)
    answer = await Phone(node).renew(tokens["refresh_token"])
    assert answer.status_code == 200


async def test_kill_9_between_commit_and_answer_loses_nothing(tmp_path) -> None:
    """Servers die at random under refreshes; an honest phone is never signed out."""
    database = f"sqlite:///{tmp_path}/gatelodge.db"
    token, generations = "", 0
    for number in range(6):
        with nodes(database, tmp_path) as (node,):
            phone = Phone(node)
            token = token or (await signed_in(node))["refresh_token"]
            killer = asyncio.get_running_loop().call_later(
                0.05 + 0.03 * number, node.server.kill
            )
            for _ in range(500):
                try:
                    answer = await phone.renew(token)
                except httpx2.HTTPError:
                    break  # no answer: the phone keeps its token and tries again
                assert answer.status_code == 200, answer.text
                token = answer.json()["refresh_token"]
                generations += 1
            killer.cancel()
            await phone.http.aclose()
    assert generations > 6


async def test_graceful_stop_lets_requests_finish(sqlite_node) -> None:
    tokens = await signed_in(sqlite_node)
    phone = Phone(sqlite_node)
    asking = [
        asyncio.create_task(phone.renew(tokens["refresh_token"])) for _ in range(20)
    ]
    await asyncio.sleep(0.05)
    status = await asyncio.to_thread(sqlite_node.server.stop)
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert status == 0, sqlite_node.server.output
    served = [one for one in answers if isinstance(one, httpx2.Response)]
    assert served
    assert all(answer.status_code == 200 for answer in served)


async def test_no_secret_reaches_the_process_log(sqlite_node) -> None:
    tokens = await signed_in(sqlite_node)
    phone = Phone(sqlite_node)
    await phone.renew(tokens["refresh_token"] + "x")
    await phone.exchange("ac_" + "x" * 43)
    said = sqlite_node.server.output
    assert "http://localhost" in said
    secrets = (
        "correct Horse",
        phone.verifier,
        tokens["refresh_token"][10:40],
        tokens["access_token"][-40:],
        "ac_xxxx",
    )
    assert not [secret for secret in secrets if secret in said]


async def test_both_loopbacks_answer(sqlite_node) -> None:
    port = sqlite_node.issuer.rpartition(":")[2].strip("/")
    for host in ("127.0.0.1", "[::1]"):
        async with httpx2.AsyncClient() as http:
            answer = await http.get(
                f"http://{host}:{port}/.well-known/openid-configuration",
                headers={"host": f"localhost:{port}"},
            )
        assert answer.json()["issuer"] == sqlite_node.issuer


async def test_key_rotation_by_command_signs_nobody_out(
    sqlite_node, tmp_path: Path
) -> None:
    tokens = await signed_in(sqlite_node)
    database = f"sqlite:///{tmp_path}/gatelodge.db"
    subprocess.run(
        gatelodge(
            "--database", database, "--data-dir", str(tmp_path), "keys", "rotate"
        ),
        check=True,
        capture_output=True,
        timeout=60,
    )
    phone, old = Phone(sqlite_node), _kid(tokens["id_token"])
    fresh = old
    for _ in range(100):
        answer = (await phone.renew(tokens["refresh_token"])).json()
        fresh = _kid(answer["id_token"])
        if fresh != old:
            break
        await asyncio.sleep(0.1)
    assert fresh != old
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await phone.http.get("/userinfo", headers=headers)).status_code == 200
    assert claims_of(tokens["id_token"])["aud"] == "native"


def _kid(token: str) -> str:
    from gatelodge_guard import jws

    return str(jws.parse(token).kid)


def _children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(word) for word in listed.stdout.split()]
