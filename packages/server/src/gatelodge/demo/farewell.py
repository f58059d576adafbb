"""The second half: another app, another person, and good-bye."""

from __future__ import annotations

import argparse
from typing import Final

from gatelodge.demo import wire
from gatelodge.demo.company import Company
from gatelodge.demo.scenes import expect, present
from gatelodge.demo.stage import Bare, Stage
from gatelodge.demo.timesheets import cli
from gatelodge.demo.timesheets.client import Timesheets
from gatelodge_app import App, Browser, LoginRequired, SignedOut

_REFUSED: Final = (400, 403)
_PASSWORD_PAGE: Final = "Sign in"


def second_app(company: Company, app: App, browser: Browser) -> None:
    """The terminal app, in the browser that is already signed in."""
    narrator, before = company.narrator, len(company.seen)
    with company.served(app, browser):
        app.sign_in()
    if company.hands != "person":
        pages = company.seen[before:]
        expect(_PASSWORD_PAGE in pages, False, "a page that asks for the password")
        expect(len(pages), 1, "pages on the way")
        narrator.checked(f"one page, “{pages[0]}”, and no password")
        narrator.fact("second_app_pages", pages)
    user = app.user or {}
    narrator.checked(
        f"the terminal app knows {user.get('email')}", "OIDC Core §3.1.2.3"
    )
    narrator.fact("second_app", user.get("email"))
    api = Timesheets(app, company.place.api, http=wire.client("", company.tap))
    words = argparse.Namespace(command="list")
    lines = cli.run(words, app, api)
    api.close()
    narrator.blank()
    narrator.say("$ python -m gatelodge.demo.timesheets.cli list", "dim")
    for line in lines:
        narrator.say(line)


def manager(company: Company) -> None:
    """Grace, in a browser of her own, may approve."""
    person = next(one for one in company.place.people if "manager" in one.roles)
    browser = company.browser(person)
    app = company.desktop(browser)
    Bare(company, app, browser).sign_in()
    http = wire.client("the desktop app, Grace's", company.tap)
    api = Timesheets(app, company.place.api, http=http)
    open_sheets = [one for one in api.sheets() if one["approved_by"] is None]
    approved = api.approve(open_sheets[0]["id"])
    api.close()
    narrator = company.narrator
    narrator.checked(f"approved by {approved['approved_by']}")
    narrator.fact("approved_by", approved["approved_by"])
    app.sign_out(browser=False)


def good_bye(company: Company, stage: Stage, app: App, *, second: App) -> None:
    """Sign out: tokens revoked, session ended, and both stay that way."""
    narrator = company.narrator
    ended = app.tokens().refresh_token
    stage.sign_out()
    narrator.blank()
    narrator.say("Does the refresh token still work?")
    answer = present(company, ended)
    expect(answer.status_code in _REFUSED, True, "the refresh token after signing out")
    error = answer.json()["error"]
    expect(error, "invalid_grant", "why it is refused")
    narrator.checked("it does not", "RFC 7009 §2.1")
    second.sign_out(browser=False)
    _nobody_holds_tokens(app, second)
    narrator.fact("after_sign_out", error)
    narrator.fact("signed_out", True)


def session_is_over(company: Company, browser: Browser) -> None:
    """Ask silently: the browser knows nobody any more."""
    app = company.cli(browser)
    try:
        with company.served(app, browser):
            app.sign_in(prompt="none")
    except LoginRequired as required:
        company.narrator.checked(
            "login_required: nobody is signed in", "OIDC Core §3.1.2.6"
        )
        company.narrator.fact("session_over", required.error)
        return
    expect("somebody", "nobody", "who is signed in to the browser")


def _nobody_holds_tokens(*apps: App) -> None:
    for app in apps:
        try:
            app.tokens()
        except SignedOut:
            continue
        expect("tokens", "none", "what the app holds after signing out")
