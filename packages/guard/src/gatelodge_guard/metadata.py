"""What a protected resource says about itself (RFC 9728 §2-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .errors import Mistake

_WELL_KNOWN = "/.well-known/oauth-protected-resource"


def well_known_path(resource: str) -> str:
    """The path the document stands at: before the resource's own (RFC 9728 §3.1)."""
    path = urlsplit(resource).path
    return _WELL_KNOWN + path.rstrip("/")


def metadata_url(resource: str) -> str:
    """Where a client finds the document; goes into every challenge (RFC 9728 §5.1).

    Raises ``Mistake`` when the resource is not an absolute URL without a fragment.
    """
    parts = urlsplit(resource)
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.fragment:
        raise Mistake("resource must be an absolute URL without a fragment")
    return urlunsplit(
        (parts.scheme, parts.netloc, well_known_path(resource), parts.query, "")
    )


def document(
    resource: str, issuer: str, *, scopes: Sequence[str] = ()
) -> dict[str, Any]:
    """The document itself (RFC 9728 §2)."""
    described = {
        "resource": resource,
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
    }
    return described | ({"scopes_supported": list(scopes)} if scopes else {})
