"""The watch over all pages sees what it is there for."""

from __future__ import annotations

from tests.e2e.watch import Watch

_PAGE = """<!doctype html><meta http-equiv=content-security-policy
content="default-src 'none'"><p style="color:red">x</p>"""


def test_a_breach_of_the_policy_is_seen(new_page) -> None:
    watch, tab = Watch("http://localhost:1"), new_page(java_script_enabled=False)
    watch.over(tab)
    tab.route("**/*", lambda route: route.fulfill(body=_PAGE, content_type="text/html"))
    tab.goto("http://localhost:1/")
    assert "Content Security Policy" in " ".join(watch.complaints)


def test_a_request_elsewhere_is_seen(new_page) -> None:
    watch, tab = Watch("http://localhost:1"), new_page(java_script_enabled=False)
    watch.over(tab)
    body = '<img src="http://localhost:2/x.png" alt="">'
    tab.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
    tab.goto("http://localhost:1/")
    assert "asked localhost:2" in watch.complaints
