"""What the page is given that tells an app of a logout."""

from __future__ import annotations

APPS_MINIMAL: dict[str, object] = {
    "client_name": "Wiki",
    "again_url": "/u/logout/apps?state=s&again=_1",
    "skip_url": "/u/logout/apps?state=s&skip=_1",
}
APPS: dict[str, object] = {
    **APPS_MINIMAL,
    "forward_url": "https://wiki.example.com/slo?SAMLRequest=r&RelayState=s",
}
