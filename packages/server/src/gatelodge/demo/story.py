"""The main job, in order: what the demo tells."""

from __future__ import annotations

from gatelodge.demo import doors, farewell, scenes, wire
from gatelodge.demo.company import Company
from gatelodge.demo.stage import Stage
from gatelodge.demo.timesheets.client import Timesheets
from gatelodge_app import App, Browser


def tell(company: Company, stage: Stage, app: App, browser: Browser) -> None:
    """Everything between the first page and signing out. Raises ``StoryEnded``."""
    narrator = company.narrator
    with narrator.step("A stranger calls the API", "Without a token it tells nothing."):
        scenes.refuse_strangers(company)
    with narrator.step(
        "Sign in through the browser",
        "The app draws state, nonce and a PKCE verifier, listens on a loopback address"
        " and opens the browser. It never sees the password.",
    ):
        stage.sign_in()
        narrator.checked("the tokens arrived at the app", "RFC 8252 §7.3")
    with narrator.step("What the tokens hold"):
        scenes.show_tokens(company, app)
    http = wire.client("the desktop app", company.tap)
    api = Timesheets(app, company.place.api, http=http)
    with narrator.step(
        "Call the API",
        "The API checks signature, issuer, audience, expiry and scope of each token,"
        " with the server's public keys and without asking it (RFC 9068 §4).",
    ):
        scenes.call_api(company, api)
    with narrator.step(
        "Renew without the person",
        "The refresh token is spent and replaced (RFC 9700 §4.14.2).",
    ):
        scenes.renew(company, app)
    _others(company, stage, app=app, browser=browser)
    api.close()


def _doors(company: Company) -> None:
    """The sign-in page has four; the password was the first."""
    narrator = company.narrator
    with narrator.step(
        "By a social provider",
        "Joan is nobody here. Her own company vouches for her (OpenID Connect).",
    ):
        doors.elsewhere(company, doors.PARTNER, "from_elsewhere")
    with narrator.step(
        "By an organisation", "The same, as organisations do it (SAML)."
    ):
        doors.elsewhere(company, doors.SAML, "by_saml")
    with narrator.step("By a passkey", "Ada's browser keeps one for her (WebAuthn)."):
        doors.passkey(company)


def _others(company: Company, stage: Stage, *, app: App, browser: Browser) -> None:
    narrator = company.narrator
    second = company.cli(browser)
    with narrator.step(
        "A second app, no second password",
        "The terminal app opens the same browser, which knows Ada. Another program"
        " could claim a loopback address, so one page asks (RFC 8252 §8.6).",
    ):
        farewell.second_app(company, second, browser)
    if company.hands != "person":
        with narrator.step(
            "A manager may approve", "Grace signs in, in a browser of her own."
        ):
            farewell.manager(company)
        _doors(company)
    with narrator.step("Sign out", "Tokens are revoked and the session ends."):
        farewell.good_bye(company, stage, app, second=second)
    with narrator.step("Is the session over?", "An app asks with prompt=none."):
        farewell.session_is_over(company, browser)
