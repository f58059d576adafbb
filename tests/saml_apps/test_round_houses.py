"""Gatelodges tell each other, and the apps behind them, that a session has ended."""

from __future__ import annotations

from gatelodge.model.writes import PutClient
from tests.protocol.gatehouse import Phone

from .apps import answer, app, asked, forward
from .test_two_houses import ADA, alive, inside
from .two_houses import APP, PROVIDER, Between, two_houses


async def test_a_house_tells_the_other_one() -> None:
    async with two_houses() as both:
        await both[1].user(ADA)
        between, phone = Between(*both), Phone(both[0])
        await between.tell(await inside(between, phone))
        page = await between.at_provider.get(f"{PROVIDER}v2/logout?returnTo=")
        there = await between.at_house.client.get(forward(page))
        assert there.status_code == 303, there.text
        back = there.headers["location"]
        assert back.startswith(f"{PROVIDER}samlp/{APP}/logout?SAMLResponse=")
        landed = await between.at_provider.get(back)
        assert "You are signed out" in landed.text
        assert (await alive(both[0]), await alive(both[1])) == ([False], [False])


async def test_a_provider_that_asks_ends_the_apps_behind_us_too() -> None:
    async with two_houses() as both:
        house, provider = both
        await provider.user(ADA)
        await house.write(PutClient(client=app("wiki")))
        between, phone = Between(*both), Phone(house)
        await between.tell(await inside(between, phone))
        assert "SAMLResponse" in (await between.at_house.get("/samlp/wiki")).text
        page = await between.at_provider.get(f"{PROVIDER}v2/logout?returnTo=")
        behind = await between.at_house.get(forward(page))
        url = forward(behind)
        assert url.startswith("https://wiki.example/slo?")
        root, state = asked(url)
        back = await between.at_house.get(answer("wiki", root, state))
        location = back.headers["location"]
        assert location.startswith(f"{PROVIDER}samlp/{APP}/logout?SAMLResponse=")
        assert "You are signed out" in (await between.at_provider.get(location)).text
