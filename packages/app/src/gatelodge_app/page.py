"""The small page a person sees when the browser has come back to the app.

No script, nothing fetched, light and dark; the policy allows its one style by hash.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

_STYLE = """
:root{color-scheme:light dark;--ground:#f6f5f2;--card:#fff;--ink:#23221f;--soft:#66635c}
@media(prefers-color-scheme:dark){
:root{--ground:#191817;--card:#242321;--ink:#efede8;--soft:#aaa69d}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;
background:var(--ground);color:var(--ink);
font:1.0625rem/1.55 system-ui,sans-serif}
main{max-width:26rem;width:100%;padding:2.5rem 2rem;border-radius:1rem;
background:var(--card);box-shadow:0 1px 3px #0002,0 8px 28px #0001;text-align:center}
h1{margin:0 0 .75rem;font-size:1.375rem;font-weight:600;line-height:1.3}
p{margin:0;color:var(--soft);overflow-wrap:anywhere}
"""
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    421: "Misdirected Request",
    431: "Request Header Fields Too Large",
}


def returned(app: str) -> bytes:
    """The browser is back with an answer for the app."""
    return respond(200, f"Back to {app}", "You can close this window.")


def aborted(app: str) -> bytes:
    """The browser is back with a no."""
    words = f"You can close this window and try again from {app}."
    return respond(200, "Sign-in was not completed", words)


def ended(app: str) -> bytes:
    """The browser is back from signing out."""
    return respond(200, f"Signed out of {app}", "You can close this window.")


def foreign(app: str) -> bytes:
    """A request that is not the answer the app waits for."""
    words = f"It belongs to another attempt. Start again from {app}."
    return respond(400, "This address is not for now", words)


def respond(status: int, title: str, words: str) -> bytes:
    """A complete HTTP/1.1 response with one calm page."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f'<body><main role="status"><h1>{escape(title)}</h1>'
        f"<p>{escape(words)}</p></main></body></html>"
    ).encode()
    head = "\r\n".join(
        (
            f"HTTP/1.1 {status} {_REASONS[status]}",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(html)}",
            f"Content-Security-Policy: {_policy()}",
            "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
            "Cross-Origin-Opener-Policy: same-origin",
            "Cross-Origin-Resource-Policy: same-origin",
            "Cache-Control: no-store",
            "Connection: close",
        )
    )
    return head.encode() + b"\r\n\r\n" + html


def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
