"""The hub: what has to happen next before the app gets its answer.

Steps never call each other; each comes back here, and one ordered list decides
(OpenID Connect Core §3.1.2.3-4; contract 1.6, 3.3).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from gatelodge.base.errors import (
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    ProtocolRefusal,
)
from gatelodge.login.passkey import takes_passkeys
from gatelodge.login.transaction import Transaction
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.connection import EMAIL, SMS
from gatelodge.model.reads import SignedIn
from gatelodge.oauth import second_factor
from gatelodge.oauth.request import AuthorizationRequest
from gatelodge.oauth.scope import for_user, needs_consent
from gatelodge.oauth.subject import check_not_blocked, usable

Screen: TypeAlias = Literal[
    "login",
    "signup",
    "select-account",
    "mfa",
    "passkey",
    "keep-account",
    "consent",
    "confirm",
]


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A person has to act on one of our pages."""

    screen: Screen
    scopes: tuple[str, ...] = ()


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is left to ask: the app gets a code for these scopes."""

    scopes: tuple[str, ...]


Step: TypeAlias = Ask | Issue


def next_step(
    request: AuthorizationRequest,
    signed_in: SignedIn | None,
    transaction: Transaction,
    *,
    catalogue: Catalogue,
    now: int,
) -> Step:
    """Decide what comes next.

    Raises:
        ProtocolRefusal: the app is told why it gets nothing (``prompt=none`` when a
            page would be needed, a blocked person, an API that takes no users).
    """
    ask = _sign_in(request, signed_in, transaction, catalogue, now)
    if ask is not None or signed_in is None:
        return _shown(ask or Ask(screen="login"), request)
    check_not_blocked(signed_in.person)
    if _one_proof_too_few(request, signed_in, transaction, catalogue):
        return _shown(Ask(screen="mfa"), request)
    if signed_in.person.user.leaving_at is not None:
        return _shown(Ask(screen="keep-account"), request)
    scopes = for_user(
        request.scopes,
        client=request.client,
        api=request.api,
        catalogue=catalogue,
        person=signed_in.person,
    )
    ask = (
        _passkey(signed_in, transaction, catalogue, now)
        or _consent(request, signed_in, transaction, scopes)
        or _confirm(request, transaction, catalogue)
    )
    return _shown(ask, request) if ask else Issue(scopes=scopes)


def _sign_in(
    request: AuthorizationRequest,
    signed_in: SignedIn | None,
    transaction: Transaction,
    catalogue: Catalogue,
    now: int,
) -> Ask | None:
    """Must the person prove who they are, or say which account they mean?"""
    wishes = request.wishes
    if signed_in is None or not signed_in.session.alive(now):
        return Ask(screen="signup" if wishes.signup else "login")
    proven = transaction.fresh_proof(signed_in.session.sid, now)
    if not proven and "login" in wishes.prompt:
        return Ask(screen="signup" if wishes.signup else "login")
    sends = not proven and _sends_anew(request, catalogue)
    if sends or _another_person(request, signed_in, catalogue):
        return Ask(screen="login")
    age = now - signed_in.session.auth_time
    if not proven and wishes.max_age is not None and age > wishes.max_age * 1000:
        return Ask(screen="login")
    settled = proven or transaction.chosen
    if "select_account" in wishes.prompt and not settled:
        return Ask(screen="select-account")
    return None


def _sends_anew(request: AuthorizationRequest, catalogue: Catalogue) -> bool:
    """``connection=email`` or ``sms`` asks whose address it is, every time.

    The app wants this very proof now; a session says nothing of it (contract 3.3).
    """
    named = catalogue.connection(request.connection or "")
    return named is not None and named.strategy in (EMAIL, SMS)


def _another_person(
    request: AuthorizationRequest, signed_in: SignedIn, catalogue: Catalogue
) -> bool:
    """The session is of somebody whom this app cannot use or did not ask for."""
    expected = request.wishes.subject
    if expected is not None and expected != signed_in.person.user.user_id:
        return True
    return not usable(signed_in.person, request.client, catalogue)


def _one_proof_too_few(
    request: AuthorizationRequest,
    signed_in: SignedIn,
    transaction: Transaction,
    catalogue: Catalogue,
) -> bool:
    """A session says how it was proven; policy, app or action may want more."""
    return second_factor.missing(
        signed_in.person.user,
        signed_in.session.amr,
        client=request.client,
        settings=catalogue.settings,
        demanded=request.wishes.two_factors or transaction.mfa_demanded,
    )


def _passkey(
    signed_in: SignedIn, transaction: Transaction, catalogue: Catalogue, now: int
) -> Ask | None:
    """A passkey is offered to those who have just proven themselves (security 34)."""
    if not transaction.passkey_offer:
        return None
    connection = catalogue.connection_by_id(signed_in.person.user.connection_id)
    fresh = transaction.fresh_proof(signed_in.session.sid, now)
    return Ask(screen="passkey") if fresh and takes_passkeys(connection) else None


def _consent(
    request: AuthorizationRequest,
    signed_in: SignedIn,
    transaction: Transaction,
    scopes: tuple[str, ...],
) -> Ask | None:
    """Consent is asked for what is new, and always when the app insists."""
    if "consent" in request.wishes.prompt and not transaction.consented:
        return Ask(screen="consent", scopes=scopes)
    missing = needs_consent(
        scopes, client=request.client, api=request.api, consented=signed_in.consented
    )
    if missing and not transaction.consented:
        return Ask(screen="consent", scopes=missing)
    return None


def _confirm(
    request: AuthorizationRequest, transaction: Transaction, catalogue: Catalogue
) -> Ask | None:
    """One confirmation where another app could take the answer and nobody acted."""
    if transaction.acted or not request.confirmation_target:
        return None
    skip = request.client.options.skip_confirmation
    if skip is None:
        skip = catalogue.settings.skip_confirmation
    return None if skip else Ask(screen="confirm")


def _shown(ask: Ask, request: AuthorizationRequest) -> Ask:
    """``prompt=none`` forbids every page (OpenID Connect Core §3.1.2.6)."""
    if request.wishes.silent:
        raise _silent_refusal(ask)
    return ask


def _silent_refusal(ask: Ask) -> ProtocolRefusal:
    if ask.screen in ("login", "signup"):
        return LoginRequired("Login required", rule="OIDC-3.1.2.6.login")
    if ask.screen == "consent":
        return ConsentRequired("Consent required", rule="OIDC-3.1.2.6.consent")
    return InteractionRequired("Interaction required", rule="OIDC-3.1.2.6.interaction")
