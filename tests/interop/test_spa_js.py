"""auth0-spa-js 2.27's production bundle in Chromium, on a page of another origin."""

from __future__ import annotations

import pytest

from tests.interop.browser import EMAIL, PASSWORD
from tests.interop.gate import API, HERE
from tests.services.component import missing

pytestmark = [pytest.mark.browser, pytest.mark.node]

_MAKE = """async (options) => {
    window.app = await auth0.createAuth0Client(options);
}"""


@pytest.fixture
def spa(gate, site, new_page):
    """Open the page and make the library's client; keeps its options."""
    if not (HERE / "node_modules" / "@auth0" / "auth0-spa-js").is_dir():
        missing("The npm package @auth0/auth0-spa-js")

    def open_page(**more):
        page = new_page()
        options = {
            "domain": gate.issuer.rstrip("/"),
            "clientId": "spa",
            "useRefreshTokens": True,
            "authorizationParams": {
                "redirect_uri": f"{site}/",
                "audience": API,
                "scope": "openid profile email offline_access read:timesheets",
                "max_age": 600,
            },
            **more,
        }
        page.goto(f"{site}/")
        page.evaluate(_MAKE, options)
        return page, options

    return open_page


# The tokens are kept in memory, behind a worker that makes the calls, or in the page.
@pytest.mark.parametrize("cache", ["memory", "localstorage"])
def test_the_whole_flow(gate, site, spa, cache):
    page, options = spa(cacheLocation=cache)
    calls = _listen(page, gate)
    _sign_in(page, options)
    person = page.evaluate("app.getUser()")
    assert person["email"] == EMAIL
    claims = page.evaluate("app.getIdTokenClaims()")
    assert (claims["iss"], claims["aud"]) == (gate.issuer, "spa")

    silently = "app.getTokenSilently({cacheMode: 'off', detailedResponse: true})"
    first = page.evaluate("app.getTokenSilently()")
    renewed = page.evaluate(silently)
    assert renewed["access_token"] != first
    assert "read:timesheets" in renewed["scope"].split()
    page.evaluate(silently)
    assert calls.count("/oauth/token") == 3
    asked = "async (url) => (await fetch(url, {headers: {authorization: 'Bearer ' + await app.getTokenSilently()}})).json()"
    assert page.evaluate(asked, gate.url("userinfo"))["sub"] == claims["sub"]

    page.evaluate(f"app.logout({{logoutParams: {{returnTo: '{site}/'}}}})")
    page.wait_for_url(f"{site}/")
    page.evaluate(_MAKE, options)
    assert page.evaluate("app.isAuthenticated()") is False
    page.evaluate("void app.loginWithRedirect()")
    page.locator("input[type=password]").wait_for()


def test_an_answer_for_another_request_is_refused(site, spa):
    page, options = spa()
    page.evaluate("void app.loginWithRedirect()")
    page.locator("input[type=password]").wait_for()
    page.goto(f"{site}/?code=ac_x&state=another")
    page.evaluate(_MAKE, options)
    told = page.evaluate("app.handleRedirectCallback().catch((error) => error.message)")
    assert "state" in told.lower()


def test_a_page_of_another_origin_reads_nothing(gate, new_page):
    page = new_page()
    page.goto(gate.issuer.replace("127.0.0.1", "localhost"))
    body = "{method: 'POST', body: new URLSearchParams({client_id: 'spa'})}"
    url = gate.url("oauth/token")
    told = page.evaluate(f"fetch('{url}', {body}).catch((error) => error.name)")
    assert told == "TypeError"


def _sign_in(page, options):
    page.evaluate("void app.loginWithRedirect()")
    page.locator("input[name=username]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.first").click()
    page.wait_for_url("**/?code=*")
    page.evaluate(_MAKE, options)
    page.evaluate("app.handleRedirectCallback()")


def _listen(page, gate):
    """Paths of the calls that leave the page, workers included."""
    calls = []

    def heard(request):
        path = request.url.removeprefix(gate.issuer.rstrip("/")).partition("?")[0]
        if request.method == "POST":
            calls.append(path)

    page.context.on("request", heard)
    return calls
