"""An app's question (SAML Core §3.4, Profiles §4.1.4.1).

It becomes a visit like an authorization request: ``Asked`` travels sealed in the
request's ``saml`` parameter, so that only what was read here is ever taken up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from lxml import etree

from gatelodge.base.clock import DAY, MINUTE
from gatelodge.base.errors import PageRefusal
from gatelodge.connections.saml import binding, moments, names
from gatelodge.connections.saml.binding import Message
from gatelodge.connections.saml.document import SamlRefusal, only, parse, text_of
from gatelodge.connections.saml.signature import covered
from gatelodge.oauth import prompt
from gatelodge.oauth.request import AuthorizationRequest
from gatelodge.oauth.response import WayBack
from gatelodge.saml_apps.app import App

PARAMETER: Final = "saml"
_SCOPES: Final = ("openid", "profile", "email")
_LONGEST_AGE: Final = 10 * MINUTE
_LONGEST_STATE: Final = 1_024


class Asked(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What an app asked for; ``id`` is None where nobody asked (IdP-initiated).

    ``at`` in milliseconds; ``place`` is where the answer goes, one of its callbacks.
    """

    client_id: str
    place: str
    at: int
    id: str | None = None
    relay_state: str = ""
    anew: bool = False
    passive: bool = False


def unasked(app: App, *, relay_state: str, now: int) -> Asked:
    """The person came to us first: the app's first callback gets an answer.

    Raises:
        SamlRefusal: it has none.
    """
    if not app.client.redirect_uris:
        raise SamlRefusal("the app has no callback", rule="SAML-app-place")
    return Asked(
        client_id=app.client.client_id,
        place=app.client.redirect_uris[0],
        at=now,
        relay_state=relay_state[:_LONGEST_STATE],
    )


def read(message: Message, app: App, *, now: int) -> Asked:
    """The app's request, if it is one to us, of now, and signed where it has to be.

    Raises:
        SamlRefusal: it is not.
    """
    root = parse(message.raw)
    if root.tag != names.protocol("AuthnRequest"):
        raise SamlRefusal("it is no AuthnRequest", rule="SAML-app-request")
    root = signed(root, message, app, now=now)
    issuer = text_of(only(root, "saml:Issuer"))
    if issuer != app.saml.audience:
        raise SamlRefusal(f"Issuer {issuer[:200]!r}", rule="SAML-app-issuer")
    if root.get("Version") != "2.0" or not root.get("ID"):
        raise SamlRefusal("no ID, or not version 2.0", rule="SAML-version")
    destination = root.get("Destination")
    if destination not in (None, app.sign_in):
        raise SamlRefusal("it is for another destination", rule="SAML-destination")
    issued = moments.read(root.get("IssueInstant"))
    if issued is None or not -moments.SKEW <= now - issued <= _LONGEST_AGE:
        raise SamlRefusal("the request is not of now", rule="SAML-issue-instant")
    return Asked(
        client_id=app.client.client_id,
        place=_place(root, app),
        at=now,
        id=root.get("ID"),
        relay_state=message.relay_state[:_LONGEST_STATE],
        anew=root.get("ForceAuthn") in ("true", "1"),
        passive=root.get("IsPassive") in ("true", "1"),
    )


def signed(
    root: etree._Element, message: Message, app: App, *, now: int
) -> etree._Element:
    """What its signature covers, where we know the app's key; else what it says.

    Raises:
        SamlRefusal: it has to be signed, and is not, or by another key.
    """
    if app.saml.certificate is None:
        return root
    pinned = (app.saml.certificate,)
    if message.query is None:
        return covered(root, pinned, now=now)
    binding.check_query(message.query, message.kind, pinned, now=now)
    return root


def _place(root: etree._Element, app: App) -> str:
    """A registered callback, exactly; the first where none is named."""
    way = root.get("ProtocolBinding")
    if way not in (None, names.POST):
        raise SamlRefusal("it wants another binding", rule="SAML-app-request")
    place: str | None = root.get("AssertionConsumerServiceURL")
    callbacks = app.client.redirect_uris
    if place is None and callbacks:
        return callbacks[0]
    if place not in callbacks or place is None:
        text = f"{(place or '')[:200]!r} is none of its callbacks"
        raise SamlRefusal(text, rule="SAML-app-place")
    return place


def check(
    asked: Asked, app: App, *, params: Mapping[str, str], now: int
) -> AuthorizationRequest:
    """The request as the hub takes it; configuration may have changed meanwhile.

    Raises:
        PageRefusal: the callback is gone, or the request is a day old.
    """
    if asked.place not in app.client.redirect_uris or now - asked.at > DAY:
        raise PageRefusal(
            "The sign-in has expired. Please start again in the application.",
            error="invalid_request",
            rule="SAML-app-place",
        )
    wishes = {"anew": "login", "passive": "none"}
    wanted = [word for name, word in wishes.items() if getattr(asked, name)]
    return AuthorizationRequest(
        params=dict(params),
        client=app.client,
        api=None,
        way_back=WayBack(
            redirect_uri=asked.place,
            mode="saml",
            state=asked.relay_state or None,
            issuer=app.issuer,
            in_response_to=asked.id,
        ),
        redirect_uri_sent=True,
        scopes=_SCOPES,
        nonce=None,
        challenge=None,
        wishes=prompt.Wishes(prompt=frozenset(wanted[-1:])),
        connection=None,
    )
