"""Inside an app's own window: what cannot work there is not offered."""

from __future__ import annotations

from html import unescape

import pytest

from gatelodge.login.web_view import is_embedded
from gatelodge.model.connection import Connection, ConnectionOptions, Upstream
from gatelodge.model.writes import PutConnection

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
BROWSERS = [
    f"{IPHONE} Version/17.2 Safari/604.1",
    ANDROID.replace("; wv", "").replace("Version/4.0 ", ""),
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "",
]


@pytest.mark.parametrize("agent", [ANDROID, IPHONE, f"{IPHONE} [FBAN/FBIOS;FBAV/1]"])
def test_a_window_inside_an_app_is_known(agent):
    assert is_embedded(agent)


@pytest.mark.parametrize("agent", BROWSERS)
def test_a_browser_is_none(agent):
    assert not is_embedded(agent)


async def test_what_works_there_is_offered_and_the_way_out(gate, visitor, phone):
    for strategy in ("google-oauth2", "github"):
        upstream = Upstream(client_id="us")
        connection = Connection(
            id=f"con_{strategy}",
            name=strategy,
            strategy=strategy,
            options=ConnectionOptions(upstream=upstream),
        )
        await gate.write(PutConnection(connection=connection))
    url = phone.authorize_url()
    usual = await visitor.get(url)
    assert "Google" in usual.text
    assert 'id="passkey"' in usual.text
    inside = await visitor.get(url, **{"user-agent": ANDROID})
    page = await visitor.client.get(
        str(inside.url), headers={"user-agent": ANDROID, "accept": "text/html"}
    )
    assert "Google" not in page.text
    assert "GitHub" in page.text
    assert 'id="passkey"' not in page.text
    assert "http://localhost:8421/authorize?" in unescape(page.text)
    assert 'name="password"' in page.text
