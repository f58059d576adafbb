"""What a browser gets: nothing that runs, nothing framed or kept (ASVS 5.0, V3)."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from importlib import resources
from urllib.parse import urlencode

import msgspec
import pytest

from gatelodge.model.api import ApiScope
from gatelodge.web.routes import BELOW, PATHS, ROUTES
from tests.protocol.gatehouse import WEB_SECRET, Phone, Visitor
from tests.security.mails import newest_link
from tests.security.wire import FORM, HOST, HTML, OURS, raw

HOSTILE = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "${7*7}<!--",
    '" autofocus onfocus="alert(1)',
]


class Seen(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def without_our_script(html: str) -> str:
    """The one script of a page is ours, word for word."""
    room = resources.files("gatelodge.pages")
    script = (room / "styles" / "passkey.js").read_text("utf-8").strip()
    return html.replace(f"<script>{script}</script>", "")


def is_harmless(html: str) -> None:
    """No element or attribute of the attacker's came to life."""
    seen = Seen(without_our_script(html))
    assert not seen.tags & {"script", "img", "iframe", "object", "embed"}
    for name, value in seen.attributes:
        assert not name.startswith("on"), name
        if name in ("href", "src", "action", "formaction"):
            assert not value.lower().startswith(("javascript:", "data:", "vbscript:"))


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_reflected_runs(gate, ada, visitor, phone, text) -> None:
    short = text[:40]
    pages = [
        await visitor.get(phone.authorize_url(login_hint=text, ui_locales=text)),
        await visitor.get(phone.authorize_url(screen_hint="signup", login_hint=text)),
        await visitor.get("/authorize?" + urlencode({"client_id": text})),
        await visitor.get("/authorize?" + urlencode({"client_id": "web", short: "1"})),
        await visitor.get("/u/login?" + urlencode({"state": text})),
        await visitor.get("/u/forgot?" + urlencode({"state": text})),
        await visitor.get("/u/forgot?" + urlencode({"sent": text})),
        await visitor.get("/u/reset?" + urlencode({"ticket": text})),
        await visitor.get("/u/verify-email?" + urlencode({"ticket": text})),
        await visitor.get("/mailbox/message?" + urlencode({"id": text})),
        await visitor.get("/oidc/logout?" + urlencode({"client_id": text})),
        await visitor.get("/v2/logout?" + urlencode({"returnTo": text})),
    ]
    pages.append(await visitor.send(pages[0], username=text, password=text))
    pages.append(await visitor.send(pages[1], email=text, name=text, password="x"))
    pages.append(await visitor.send(await visitor.get("/u/forgot"), email=text))
    for page in pages:
        assert page.status_code < 500
        if "text/html" in page.headers.get("content-type", ""):
            is_harmless(page.text)


@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_an_operator_or_a_person_named_runs(gate, visitor, text) -> None:
    """Client names, scope descriptions, people's names, in pages and in mails."""
    api = gate.house.snapshot.catalogue.apis["https://api.example.com/"]
    scopes = (ApiScope(value="read:x", description=text), *api.scopes[1:])
    await gate.change_api(name=text, scopes=scopes)
    await gate.change_client("third", name=text)
    await gate.user("eve@example.com", name=text)
    third = Phone(gate, "third", "https://web.example.com/callback", WEB_SECRET)
    url = third.authorize_url(scope="openid read:x", prompt="consent login")
    consent = await visitor.sign_in(url, "eve@example.com")
    assert consent.url.path == "/u/consent"
    select = await visitor.get(third.authorize_url(prompt="select_account"))
    leaving = await visitor.get("/oidc/logout?client_id=third")
    await visitor.send(await visitor.get("/u/forgot"), email="eve@example.com")
    link = await newest_link(visitor, "/u/reset")
    inbox = await visitor.get("/mailbox")
    message = re.search(r'href="(/mailbox/message\?id=[^"]+)"', inbox.text)
    mail = await visitor.get(message[1])
    reset = await visitor.get(link)
    for page in (consent, select, leaving, inbox, mail, reset):
        assert page.status_code == 200
        is_harmless(page.text)


async def test_the_forms_own_fields_are_text(gate, ada, visitor) -> None:
    web = Phone(gate, "web", "https://web.example.com/callback", WEB_SECRET)
    state = '"><script>alert(1)</script>'
    url = web.authorize_url(response_mode="form_post", state=state)
    page = await visitor.sign_in(url, ada)
    assert page.text.count("<script") == 1
    assert "&#34;&gt;&lt;script&gt;" in page.text
    policy = page.headers["content-security-policy"]
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]+';", policy)
    assert "unsafe" not in policy


async def test_every_answer_is_locked_down(gate) -> None:
    for path in sorted(PATHS):
        for method in ("GET", "POST", "HEAD"):
            answer = await raw(gate, method, path, headers=(HOST, HTML, OURS, FORM))
            assert answer.status < 500
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert "server" not in headers
            kept = headers.get("cache-control", "")
            public = path.startswith(
                ("/.well-known", "/favicon", "/apple", "/branding")
            )
            assert "no-store" in kept or (public and "public" in kept), (method, path)
            if headers.get("content-type", "").startswith("text/html"):
                policy = headers["content-security-policy"]
                assert policy.startswith("default-src 'none'")
                for part in ("frame-ancestors 'none'", "base-uri 'none'"):
                    assert part in policy
                assert "unsafe" not in policy
                assert headers["x-frame-options"] == "DENY"


NO_METHODS = ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "QUERY", "X")


async def test_methods_that_are_none(gate) -> None:
    for method, path in itertools.product(NO_METHODS, sorted(PATHS)):
        answer = await raw(gate, method, path, headers=(HOST, OURS), body=b"a=b")
        if (method, path) in ROUTES:
            continue
        assert answer.status == 405
        allowed = {each for each, there in ROUTES if there == path}
        allowed |= {each for each, start in BELOW if path.startswith(start)}
        assert set(answer.headers["allow"].split(", ")) == allowed


ORIGINS = [
    "https://evil.example.com",
    "null",
    "https://spa.example.com.evil.example.com",
    "https://evil-spa.example.com",
    "http://spa.example.com",
    "https://spa.example.com:8443",
    "https://spa.example.com/",
    "HTTPS://SPA.EXAMPLE.COM",
    "https://spa.example.com, https://evil.example.com",
    "*",
    "",
]


async def test_other_sites_scripts_read_nothing(gate) -> None:
    for origin in ORIGINS:
        header = (b"origin", origin.encode())
        asking = (b"access-control-request-method", b"POST")
        for method, path in sorted(ROUTES):
            for sent, more in ((method, ()), ("OPTIONS", (asking,))):
                answer = await raw(gate, sent, path, headers=(HOST, header, *more))
                assert "access-control-allow-origin" not in answer.headers
                assert "access-control-allow-credentials" not in answer.headers


async def test_registered_sites_read_api_answers_without_cookies(gate) -> None:
    header = (b"origin", b"https://spa.example.com")
    for (method, path), route in sorted(ROUTES.items()):
        answer = await raw(gate, method, path, headers=(HOST, header))
        allowed = answer.headers.get("access-control-allow-origin")
        assert allowed == ("https://spa.example.com" if route.cors else None), path
        assert "access-control-allow-credentials" not in answer.headers
        if route.cors:
            assert "Origin" in answer.headers["vary"]
            assert route.surface == "api"


async def test_the_page_after_forgetting_says_nothing_a_stranger_wrote(visitor) -> None:
    """A link with words in it does not put them on our page."""
    said = "Call +1 555 0100 now or lose your account"
    page = await visitor.get("/u/forgot?" + urlencode({"sent": said}))
    assert "555" not in page.text
    real = await visitor.get("/u/forgot?sent=ada%40example.com")
    assert "ada@example.com" in real.text


async def test_the_mailbox_is_closed_where_mail_leaves(gate) -> None:
    gate.house = msgspec.structs.replace(gate.house, mailbox=False)
    from gatelodge.web.app import App

    gate.app = App(gate.house)
    for path in ("/mailbox", "/mailbox/message"):
        answer = await Visitor(gate).get(path)
        assert answer.status_code == 404
