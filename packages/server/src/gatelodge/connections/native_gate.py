"""Asking Apple, Google and Facebook about a token that an app brings."""

from __future__ import annotations

from typing import Any

import msgspec

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections import exchange, id_token, native, profile
from gatelodge.connections.gate import Gate
from gatelodge.connections.metadata import Endpoints
from gatelodge.connections.native import Subject
from gatelodge.connections.provider import Party
from gatelodge.model.profile import Profile


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What the app brings: the token, its kind, and what belongs to it.

    ``bundle_id``: the app's own name at Apple. ``nonce``: what the app asked the party
    for, where it did.
    """

    subject: Subject
    token: str
    bundle_id: str | None = None
    nonce: str | None = None


async def vouch(
    gate: Gate, party: Party, brought: Brought, *, secret: str | None
) -> Profile:
    """Who the token's person is.

    Raises:
        UpstreamRefusal: the party does not say so, or must not be believed.
    """
    places = await gate.endpoints(party)
    if brought.subject.kind == "session":
        return await _session(gate, party, places, brought.token, secret)
    token, apps = brought.token, party.upstream.native_ids
    if brought.subject.kind == "code":
        app = native.app_of(party, brought.bundle_id)
        token, apps = await _redeemed(gate, party, places, brought, app, secret), (app,)
    claims = await gate.verified(token, places)
    id_token.check_for_apps(
        claims,
        party,
        issuer=places.issuer or "",
        nonce=brought.nonce,
        apps=apps,
        now=gate.now(),
    )
    return profile.read(claims, party)


async def _redeemed(
    gate: Gate,
    party: Party,
    places: Endpoints,
    brought: Brought,
    app: str,
    secret: str | None,
) -> str:
    """The ID token that Apple gives for its code."""
    ours = native.as_app(party, app)
    asking = native.code_request(ours, brought.token, secret=secret, now=gate.now())
    answer = await gate.post(places.token, asking)
    found = exchange.read(answer.status, answer.body, ours).id_token
    if found is None:
        raise native.refused("no ID token came for the code")
    return found


async def _session(
    gate: Gate, party: Party, places: Endpoints, token: str, secret: str | None
) -> Profile:
    """Facebook tells whose session it is; the document about them is a gift."""
    if places.userinfo is None or secret is None:
        raise native.refused("the connection has no app secret")
    app = f"{party.upstream.client_id}|{secret}"
    told = await gate.told(native.debug_url(places.userinfo, token), app)
    user = native.session_user(told, party, now=gate.now())
    said: Any = {}
    try:
        url = native.proven_url(places.userinfo, token, secret)
        said = await gate.told(url, token)
    except UpstreamRefusal:  # a session token may not read it: then only who it is
        said = {}
    if not isinstance(said, dict) or str(said.get("id", user)) != user:
        raise native.refused("the document speaks of somebody else")
    return profile.read({**said, "id": user}, party)
