"""``/v2/logout`` and ``/oidc/logout`` (contract 3.6, OpenID RP-Initiated Logout)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gatelodge.base.errors import PageRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.base.params import single
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.endpoints import browser, saml_round
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, pairs_of
from gatelodge.house import House
from gatelodge.model.reads import SignedIn
from gatelodge.model.writes import EndSession
from gatelodge.oauth import logout as rules
from gatelodge.oauth.prompt import own_id_token
from gatelodge.saml_apps.round import End

_PURPOSE = "logout"


async def auth0_logout(house: House, exchange: Exchange) -> Reply:
    """End the session and return; no page (contract: clients rule 29).

    Raises:
        PageRefusal: ``returnTo`` is not registered.
    """
    params = _params(exchange)
    try:
        leave = rules.auth0(params, house.snapshot.catalogue)
        leave = msgspec.structs.replace(leave, federated=_federated(exchange))
    except PageRefusal as refusal:
        raise _failed(house, exchange, params, refusal) from refusal
    signed_in = await browser.find_signed_in(house, exchange)
    return await _leave(house, exchange, signed_in, leave)


async def oidc_logout(house: House, exchange: Exchange) -> Reply:
    """End the session, asking the person where the request does not prove itself.

    Raises:
        PageRefusal: hint, client and address do not agree.
    """
    params = _params(exchange)
    signed_in = await browser.find_signed_in(house, exchange)
    try:
        leave = rules.oidc(
            params,
            _hint(house, exchange, params),
            house.snapshot.catalogue,
            session_sub=signed_in.session.user_id if signed_in else None,
            session_sid=signed_in.session.sid if signed_in else None,
        )
        leave = msgspec.structs.replace(leave, federated=_federated(exchange))
    except PageRefusal as refusal:
        raise _failed(house, exchange, params, refusal) from refusal
    if leave.asks and signed_in is not None:
        return _ask(house, leave, signed_in, params.get("ui_locales"))
    return await _leave(house, exchange, signed_in, leave)


async def confirmed(house: House, exchange: Exchange) -> Reply:
    """The person's answer on our page."""
    form = form_of(exchange)
    try:
        plain = house.sealer.unseal_text(form.get("state", ""), purpose=_PURPOSE)
        leave = msgspec.json.decode(plain, type=rules.Leave)
    except (SealBroken, msgspec.DecodeError):
        leave = rules.Leave(url=None)
    if form.get("decision") != "logout":
        return Redirect(location=leave.url or "/")
    signed_in = await browser.find_signed_in(house, exchange)
    return await _leave(house, exchange, signed_in, leave)


def _failed(
    house: House,
    exchange: Exchange,
    params: Mapping[str, str],
    refusal: PageRefusal,
) -> PageRefusal:
    """The refusal, told to the operator too (contract 3.6)."""
    client_id = params.get("client_id")
    known = client_id in house.snapshot.catalogue.clients
    line = witness(house, exchange).line(
        "flo",
        client_id=client_id if known else None,
        description=refusal.says,
        because=refusal.because,
        rule=refusal.rule,
    )
    refusal.writes = (*refusal.writes, line)
    return refusal


def _params(exchange: Exchange) -> dict[str, str]:
    """All but ``federated``, a bare flag (contract 3.6)."""
    return single(pair for pair in pairs_of(exchange) if pair[0] != "federated")


def _federated(exchange: Exchange) -> bool:
    """Whether the party that vouched for the person shall sign them out too."""
    said = [value for name, value in pairs_of(exchange) if name == "federated"]
    return bool(said) and said[-1].lower() not in ("0", "false")


def _hint(
    house: House, exchange: Exchange, params: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """Claims of the hint; one that is not ours counts as none, so the page asks."""
    token = params.get("id_token_hint")
    if token is None:
        return None
    keys = house.snapshot.keyring.public_keys
    return own_id_token(token, issuer=exchange.issuer, keys=keys)


async def _leave(
    house: House,
    exchange: Exchange,
    signed_in: SignedIn | None,
    leave: rules.Leave,
) -> Reply:
    if signed_in is None:
        further = await saml_round.unfinished(house, exchange, url=leave.url or "")
        if further is not None:
            return further
        if leave.url is not None:
            return Redirect(location=leave.url, status=302)
        return Page(name="logged_out", context={})
    session, who = signed_in.session, witness(house, exchange)
    log = who.line(
        "slo",
        client_id=leave.client_id,
        user_id=session.user_id,
        session_id=session.sid,
    )
    await house.store.commit((EndSession(sid=session.sid, at=who.at), log))
    federated = session.sid if leave.federated else ""
    return await saml_round.begin(
        house,
        exchange,
        (session.sid,),
        user_id=session.user_id,
        end=End(url=leave.url or "", federated=federated),
    )


def _ask(
    house: House, leave: rules.Leave, signed_in: SignedIn, ui_locales: str | None
) -> Page:
    sealed = house.sealer.seal_text(
        msgspec.json.encode(leave),
        purpose=_PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    client = house.snapshot.catalogue.clients.get(leave.client_id or "")
    return Page(
        name="logout_confirm",
        ui_locales=ui_locales,
        context={
            "action": "/u/logout",
            "state": sealed,
            "client_name": client.name if client else None,
            "user_email": signed_in.person.user.label,
        },
    )
