"""What a person does with a mail of ours."""

from __future__ import annotations

import re

from tests.protocol.gatehouse import Gatehouse, Visitor


async def newest_link(visitor: Visitor, path: str) -> str:
    """The link of the newest mail that leads to ``path``."""
    inbox = await visitor.get("/mailbox")
    for href in re.findall(r'href="(/mailbox/message\?id=[^"]+)"', inbox.text):
        message = await visitor.get(href)
        found = re.search(rf'href="(http://localhost:8421{path}[^"]+)"', message.text)
        if found:
            return found[1].replace("&amp;", "&")
    raise AssertionError("no such mail")


async def ask_reset(gate: Gatehouse, email: str) -> tuple[Visitor, str]:
    """Ask for a reset; whoever asked, and the link."""
    visitor = Visitor(gate)
    await visitor.send(await visitor.get("/u/forgot"), email=email)
    return visitor, await newest_link(visitor, "/u/reset")


async def reset_password(gate: Gatehouse, email: str, password: str) -> None:
    """Set a new password through the mail; a second passes meanwhile."""
    visitor, link = await ask_reset(gate, email)
    gate.clock.turn(seconds=1)
    done = await visitor.send(await visitor.get(link), password=password)
    assert done.status_code == 200, done.text
    assert "/u/reset" not in done.text
