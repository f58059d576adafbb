"""Files by which iOS and Android learn which apps own our addresses (contract 1.12)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gatelodge.model.client import Client

_RELATIONS = [
    "delegate_permission/common.handle_all_urls",
    "delegate_permission/common.get_login_creds",
]


def apple(clients: Iterable[Client]) -> dict[str, Any]:
    """``apple-app-site-association`` of all native clients; valid when empty."""
    details: list[dict[str, Any]] = []
    apps: list[str] = []
    for client in clients:
        ios = client.options.ios
        if ios is None:
            continue
        app_id = f"{ios.team_id}.{ios.bundle_id}"
        paths = [f"/{kind}/{ios.bundle_id}/*" for kind in ("ios", "macos", "visionos")]
        details.append({"appID": app_id, "paths": paths})
        apps.append(app_id)
    return {
        "applinks": {"apps": [], "details": details},
        "webcredentials": {"apps": apps},
    }


def android(clients: Iterable[Client]) -> list[dict[str, Any]]:
    """``assetlinks.json``: one entry for each client with Android settings."""
    return [
        {
            "relation": _RELATIONS,
            "target": {
                "namespace": "android_app",
                "package_name": client.options.android.package_name,
                "sha256_cert_fingerprints": list(client.options.android.fingerprints),
            },
        }
        for client in clients
        if client.options.android is not None
    ]
