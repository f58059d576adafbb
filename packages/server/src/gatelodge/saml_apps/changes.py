"""One answer as actions want it (contract 2.5, SAML response overrides)."""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.model.saml import SamlChanges
from gatelodge.oauth.response import WayBack
from gatelodge.saml_apps.app import App

_SETTINGS: Final = (
    "audience",
    "lifetime",
    "name_id_format",
    "name_id",
    "upn",
    "passthrough",
    "sign_response",
)


def changed(app: App, way: WayBack, changes: SamlChanges) -> tuple[App, WayBack]:
    """The app and its way back, for this answer.

    A destination counts only while it is a callback of the app's: the sign-in may have
    waited, and configuration have changed meanwhile.
    """
    wanted = {name: getattr(changes, name) for name in _SETTINGS}
    said = {name: value for name, value in wanted.items() if value is not None}
    saml = msgspec.structs.replace(app.saml, **said)
    state = way.state if changes.relay_state is None else changes.relay_state or None
    place = _callback(app, changes.destination) or way.redirect_uri
    return (
        msgspec.structs.replace(app, saml=saml),
        msgspec.structs.replace(way, redirect_uri=place, state=state),
    )


def recipient_of(app: App, changes: SamlChanges) -> str | None:
    """Who may bring the assertion, if not its destination (SAML Core §2.4.1.2)."""
    return _callback(app, changes.recipient)


def _callback(app: App, place: str | None) -> str | None:
    return place if place in app.client.redirect_uris else None
