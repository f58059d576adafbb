"""The browser that tests get."""

from __future__ import annotations

import asyncio
import http.server
import threading

import pytest

from tests.services.browser import DESKTOP, PHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def site():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                b"<meta name=viewport content=width=device-width>"
                b"<p>hello</p><script>document.title = 1</script>"
            )

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_page_opens(page, site):
    page.goto(site)
    assert page.inner_text("p") == "hello"
    assert page.title() == "1"
    assert page.viewport_size == DESKTOP


def test_a_page_opens_by_name(page, site):
    page.goto(site.replace("127.0.0.1", "localhost"))
    assert page.inner_text("p") == "hello"


def test_a_page_has_the_size_and_the_powers_asked_for(new_page, site):
    page = new_page(viewport=PHONE, java_script_enabled=False, color_scheme="dark")
    page.goto(site)
    assert page.viewport_size == PHONE
    assert page.title() == ""


def test_profiles_share_nothing(new_page, site):
    first, second = new_page(), new_page()
    first.goto(site)
    first.evaluate("document.cookie = 'a=1'")
    second.goto(site)
    assert second.evaluate("document.cookie") == ""


def test_no_other_name_leads_anywhere(page):
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://elsewhere.example/")


async def test_asyncio_tests_run_beside_the_browser(chromium):
    assert await asyncio.sleep(0, chromium) == chromium
