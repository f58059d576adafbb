"""The other doors: a social provider, an organisation, a passkey."""

from __future__ import annotations

from typing import Any, Final

from gatelodge.demo import tokens
from gatelodge.demo.company import Company
from gatelodge.demo.scenes import expect
from gatelodge.demo.stage import Bare

PARTNER: Final = "Continue with Partner Company"
SAML: Final = "Continue with Partner Company by SAML"
_TWO_FACTORS: Final = "mfa"


def elsewhere(company: Company, door: str, fact: str) -> None:
    """Somebody of the partner's, by the partner's own sign-in page."""
    partner, narrator = company.place.partner, company.narrator
    before = len(company.seen)
    browser = company.browser(partner.person, door)
    app = company.desktop(browser)
    Bare(company, app, browser).sign_in()
    user = app.user or {}
    expect(user.get("email"), partner.person.email, "who the app knows")
    narrator.checked(f"{len(company.seen) - before} pages, of two companies")
    narrator.checked(f"the app knows {user['email']} as {user['sub']}")
    narrator.fact(fact, user["sub"])
    app.sign_out(browser=False)


def passkey(company: Company) -> None:
    """Ada makes a passkey after her password, and comes back without one."""
    narrator = company.narrator
    if company.hands != "chromium":
        narrator.say(
            "This takes a real browser: Chromium, which is not there.", "yellow"
        )
        return
    browser = company.browser(company.place.people[0], keeper=True)
    app = company.desktop(browser)
    stage = Bare(company, app, browser)
    stage.sign_in()
    narrator.checked("signed in with the password; a passkey was offered and made")
    stage.sign_out()
    stage.sign_in()
    claims = _claims(app.tokens().id_token)
    expect(_TWO_FACTORS in claims.get("amr", ()), True, "two factors in one passkey")
    narrator.checked(f"back without a password: amr {claims['amr']}", "RFC 8176")
    narrator.fact("by_passkey", claims["amr"])
    app.sign_out(browser=False)


def _claims(token: str) -> dict[str, Any]:
    return tokens.read(token)[1]
