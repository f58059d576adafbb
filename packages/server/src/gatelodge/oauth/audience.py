"""Which API a request speaks of (RFC 8707 §2, contract 1.5)."""

from __future__ import annotations

from collections.abc import Mapping

from gatelodge.base.errors import AccessDenied, InvalidGrant
from gatelodge.base.text import echo
from gatelodge.model.api import Api
from gatelodge.model.catalogue import Catalogue


def asked(params: Mapping[str, str], catalogue: Catalogue) -> str | None:
    """``audience``, else ``resource`` where switched on, else the tenant's default."""
    settings = catalogue.settings
    resource = params.get("resource") if settings.resource_parameter else None
    return params.get("audience") or resource or settings.default_audience


def api_of(audience: str, catalogue: Catalogue) -> Api:
    """The API with exactly this identifier.

    Raises:
        AccessDenied: there is none.
    """
    api = catalogue.apis.get(audience)
    if api is None:
        raise AccessDenied(
            f"Service not found: {echo(audience, 200)}", rule="Auth0-audience"
        )
    return api


def granted(audience: str | None, catalogue: Catalogue, *, says: str) -> Api | None:
    """The API of a grant that was given earlier; None where it named none.

    Raises:
        InvalidGrant: the API is gone; ``says`` is the grant's own text.
    """
    if audience is None:
        return None
    api = catalogue.apis.get(audience)
    if api is None:
        raise InvalidGrant(says, rule="Auth0-audience", because="the API is gone")
    return api
