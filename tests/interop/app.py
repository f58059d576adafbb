"""A native app written for these tests: what every mobile SDK does, by hand."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from joserfc.jws import extract_compact

from tests.interop.browser import SystemBrowser
from tests.interop.gate import API, Gate

REDIRECT_URI = "http://127.0.0.1:51234/callback"
SCOPE = "openid profile email offline_access read:timesheets"
VERIFIER = "v" * 43
# In these bytes are all that URLs and forms treat specially.
STATE = "a b+c%&=ü/?"


class NativeApp:
    """One sign-in: the request, the way back, the tokens."""

    def __init__(self, gate: Gate, browser: SystemBrowser) -> None:
        self.gate = gate
        self.browser = browser
        self.http = httpx2.Client(base_url=gate.issuer, trust_env=False)

    def authorize_url(self, **more: str | None) -> str:
        params = {
            "client_id": "native",
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "audience": API,
            "state": STATE,
            "nonce": "n-1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **more,
        }
        sent = {name: value for name, value in params.items() if value is not None}
        return self.gate.url("authorize") + "?" + urlencode(sent)

    def sign_in(self, **more: str | None) -> dict[str, str]:
        """Through the browser; gives what came back to the redirect URI."""
        landed = self.browser.open(self.authorize_url(**more))
        assert landed.startswith(more.get("redirect_uri") or REDIRECT_URI), landed
        return dict(parse_qsl(urlsplit(landed).query, strict_parsing=True))

    def exchange(self, code: str, **more: str) -> httpx2.Response:
        body = {
            "client_id": "native",
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            **more,
        }
        return self.http.post("oauth/token", data=body)

    def tokens(self, **more: str | None) -> dict[str, Any]:
        """The whole sign-in."""
        kept = {"redirect_uri": more.get("redirect_uri") or REDIRECT_URI}
        answer = self.exchange(self.sign_in(**more)["code"], **kept)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def renew(self, refresh_token: str, **more: str) -> httpx2.Response:
        body = {
            "client_id": "native",
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            **more,
        }
        return self.http.post("oauth/token", data=body)

    def userinfo(self, access_token: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.http.get("userinfo", headers=headers)

    def close(self) -> None:
        self.http.close()


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a JWT, unchecked."""
    found = extract_compact(token.encode())
    return found.headers(), json.loads(found.payload)


def newest_code(app: NativeApp, recipient: str) -> str:
    """The code in the newest mail or text to this recipient."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", _newest(app, recipient))
    assert found
    return found[0]


def newest_link(app: NativeApp, recipient: str) -> str:
    """The link in the newest mail to this recipient."""
    found = re.search(
        r'href="(http[^"]+verify-redirect[^"]+)"', _newest(app, recipient)
    )
    assert found
    return unescape(found[1])


def _newest(app: NativeApp, recipient: str) -> str:
    """What a person reads at ``/mailbox``, where numbers are spelled with spaces."""
    for row in re.findall(r"<li>.*?</li>", app.http.get("mailbox").text, re.DOTALL):
        if recipient in row.replace(" ", "").replace("·", " "):
            href = unescape(re.search(r'href="([^"]+)"', row)[1])
            page = app.http.get(href.removeprefix("/")).text
            return page.partition('class="letter"')[2]
    raise AssertionError(f"nothing was sent to {recipient}")
