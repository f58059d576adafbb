"""Answers to apps that speak SAML: somebody, or nobody and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import Refusal, ReturnedRefusal
from gatelodge.base.exchange import Cookie, Exchange, FormPost
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.connections.saml import binding
from gatelodge.connections.saml.logout import name_key
from gatelodge.house import House
from gatelodge.model.reads import SignedIn
from gatelodge.model.saml import SamlChanges, SamlSession
from gatelodge.model.writes import ShareSession
from gatelodge.oauth.request import AuthorizationRequest
from gatelodge.oauth.response import WayBack
from gatelodge.saml_apps import answer, attributes, request
from gatelodge.saml_apps.app import App, app_of
from gatelodge.saml_apps.changes import changed, recipient_of
from gatelodge.saml_apps.request import PARAMETER, Asked

_PURPOSE: Final = "saml request"


def sealed(house: House, asked: Asked) -> list[tuple[str, str]]:
    """The parameters of a visit that an app's SAML request has begun."""
    text = house.sealer.seal_text(
        msgspec.json.encode(asked),
        purpose=_PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    return [("client_id", asked.client_id), (PARAMETER, text)]


def taken_up(
    house: House, exchange: Exchange, pairs: Iterable[tuple[str, str]]
) -> AuthorizationRequest | None:
    """The request behind the parameters; None where none of ours is.

    Raises:
        PageRefusal: it cannot be answered any more.
    """
    found = [value for name, value in pairs if name == PARAMETER]
    if len(found) != 1:
        return None
    try:
        plain = house.sealer.unseal_text(found[0], purpose=_PURPOSE)
        asked = msgspec.json.decode(plain, type=Asked)
    except (SealBroken, msgspec.DecodeError):
        return None
    client = house.snapshot.catalogue.clients.get(asked.client_id)
    app = app_of(client, exchange.issuer)
    if app is None:
        return None
    params = {"client_id": asked.client_id, PARAMETER: found[0]}
    return request.check(asked, app, params=params, now=house.clock.now())


def given(
    house: House,
    asked: AuthorizationRequest,
    signed_in: SignedIn,
    cookies: tuple[Cookie, ...],
    *,
    changes: SamlChanges,
) -> tuple[Write, FormPost]:
    """The answer that says who somebody is, and that the app knows their session.

    ``changes`` are what actions want of it.
    """
    session = signed_in.session
    app, way = changed(_app(asked), asked.way_back, changes)
    told = _told(house, signed_in, app, changes, recipient=way.redirect_uri)
    raw = answer.vouch(
        app,
        way,
        told,
        house.snapshot.keyring.saml,
        raw=house.entropy.draw(answer.BYTES),
        now=house.clock.now(),
    )
    shared = SamlSession(
        sid=session.sid,
        party=app.client.client_id,
        user_id=session.user_id,
        name_key=name_key(told.name_id),
        name_id=told.name_id,
        session_index=told.session_index,
        ends_at=session.ends_at,
    )
    return ShareSession(session=shared), _form(way, raw, cookies)


def _told(
    house: House,
    signed_in: SignedIn,
    app: App,
    changes: SamlChanges,
    *,
    recipient: str,
) -> answer.Told:
    user, session = signed_in.person.user, signed_in.session
    roles = house.snapshot.catalogue.role_names(signed_in.person)
    return answer.Told(
        name_id=attributes.name_id(user, roles, app.saml, changes.attributes),
        attributes=attributes.told(user, roles, app.saml, changes.attributes),
        session_index=f"_{session.sid}",
        auth_time=session.auth_time,
        session_ends=session.ends_at,
        amr=session.amr,
        recipient=recipient_of(app, changes) or recipient,
        context_class=changes.context_class,
    )


def concerns(refusal: Refusal) -> bool:
    """Whether a refusal is on its way to an app that speaks SAML."""
    if not isinstance(refusal, ReturnedRefusal):
        return False
    return cast("WayBack", refusal.way_back).mode == "saml"


def refused(house: House, refusal: ReturnedRefusal) -> FormPost:
    """The app is told that there is nobody (SAML Core §3.2.2.2)."""
    way = cast("WayBack", refusal.way_back)
    raw = answer.refuse(
        way,
        refusal.refusal.code,
        refusal.says,
        raw=house.entropy.draw(answer.ID_BYTES),
        now=house.clock.now(),
    )
    return _form(way, raw, cast("tuple[Cookie, ...]", refusal.cookies))


def _app(asked: AuthorizationRequest) -> App:
    found = app_of(asked.client, asked.way_back.issuer)
    if found is None:  # ``taken_up`` has looked
        raise RuntimeError("an app that speaks no SAML")
    return found


def _form(way: WayBack, raw: bytes, cookies: tuple[Cookie, ...]) -> FormPost:
    state = (("RelayState", way.state),) if way.state is not None else ()
    return FormPost(
        action=way.redirect_uri,
        fields=(("SAMLResponse", binding.posted(raw)), *state),
        cookies=cookies,
        ui_locales=way.ui_locales,
    )
