"""A real browser, without script, goes round the apps of a session that ends."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from .test_two_houses import ADA
from .two_houses import running

pytestmark = pytest.mark.browser
ASKED = {
    "client_id": "phone",
    "response_type": "code",
    "redirect_uri": "http://127.0.0.1:9/callback",
    "scope": "openid",
    "state": "s",
    "connection": "provider",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    with running(tmp_path_factory.mktemp("houses")) as both:
        yield both


def signed_in(new_page, house):
    """Ada's browser, signed in at both houses."""
    page = new_page(java_script_enabled=False, locale="en-GB")
    page.route(
        re.compile(r"^http://127\.0\.0\.1:9/"), lambda route: route.fulfill(body="app")
    )
    page.goto(f"{house}authorize?{urlencode(ASKED)}")
    page.fill("input[name=username]", ADA)
    page.fill("input[type=password]", "correct Horse 7 battery")
    page.click("button.first")  # and the form for the other house, which needs a tap
    page.click("button.first")
    page.wait_for_url("http://127.0.0.1:9/callback**")
    return page


def test_from_house_to_house_and_back(new_page, houses) -> None:
    house, provider = houses
    page = signed_in(new_page, house)
    page.goto(f"{provider}v2/logout?returnTo=")
    page.wait_for_selector("text=You are signed out")
    assert page.url.startswith(f"{provider}u/logout/apps")
    assert "gatelodge" not in {one["name"] for one in page.context.cookies(provider)}


def test_from_an_app_that_never_answers_there_is_a_way_back(new_page, houses) -> None:
    house, provider = houses
    page = signed_in(new_page, house)
    page.route(
        re.compile(rf"^{house}logout"), lambda route: route.fulfill(body="broken")
    )
    page.goto(f"{provider}v2/logout?returnTo=")
    page.wait_for_selector("text=broken")
    page.goto(f"{provider}v2/logout?returnTo=")
    page.wait_for_selector("text=First house has not said")
    page.click("text=Go on without it")
    page.wait_for_selector("text=You are signed out")
