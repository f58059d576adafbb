"""The authorization request: an ordered list of checks (RFC 6749 §4.1.1).

``Raw`` → ``Known`` (the client exists) → ``WayBack`` (the redirect URI is proven) →
``AuthorizationRequest`` (all is checked). Before there is a ``WayBack`` a refusal can
only become a page of ours: an open redirect cannot be written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from gatelodge.base.errors import (
    InvalidRequest,
    PageRefusal,
    ProtocolRefusal,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from gatelodge.base.params import single
from gatelodge.base.text import echo
from gatelodge.model.api import Api
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import CODE, Client
from gatelodge.oauth import audience, pkce, prompt, redirect_uri
from gatelodge.oauth.response import MODES, ResponseMode, WayBack
from gatelodge.oauth.scope import split
from gatelodge.oauth.token_claims import userinfo_audience
from gatelodge_guard.jws import Key

_FIRST_PARTY_ONLY: Final = (
    "claims",
    "id_token_hint",
    "invitation",
    "login_ticket",
    "screen_hint",
)


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request in which every parameter has been checked.

    Attributes:
        params: the request as it came, to be sealed and started again.
        scopes: as asked, in order, without repetition.
        connection: the name asked for, already known to serve this client.
    """

    params: dict[str, str]
    client: Client
    api: Api | None
    way_back: WayBack
    redirect_uri_sent: bool
    scopes: tuple[str, ...]
    nonce: str | None
    challenge: str | None
    wishes: prompt.Wishes
    connection: str | None

    @property
    def audience(self) -> str:
        """Identifier of the API, "" for none: the key of consents."""
        return self.api.identifier if self.api else ""

    @property
    def confirmation_target(self) -> bool:
        """Whether another app could answer at this redirect URI."""
        return redirect_uri.another_app_could_claim(self.way_back.redirect_uri)


def check(
    pairs: Iterable[tuple[str, str]],
    catalogue: Catalogue,
    *,
    issuer: str,
    hint_keys: Sequence[Key],
) -> AuthorizationRequest:
    """Check an authorization request, each rule in its turn.

    Args:
        pairs: parameters as they came.
        catalogue: the configuration to check against.
        issuer: ours, for the host that was asked.
        hint_keys: our own public keys, to read ``id_token_hint``.

    Raises:
        PageRefusal: nothing may be sent to the redirect URI.
        ReturnedRefusal: the app gets an error.
    """
    raw = list(pairs)
    client = _known_client(raw, catalogue)
    sent = _only(raw, "redirect_uri")
    proven = redirect_uri.registered(client, sent)
    way_back = _way_back(raw, proven, issuer)
    try:
        params = single(raw)
        return _checked(params, client, catalogue, way_back, hint_keys)
    except ProtocolRefusal as refusal:
        silent = ("prompt", "none") in raw
        raise way_back.refuse(
            refusal, shown=told_first(client, silent=silent)
        ) from refusal


def told_first(client: Client, *, silent: bool) -> bool:
    """A stranger's app cannot bounce people through us by a request that must fail.

    RFC 9700 §4.11.2, contract 1.3. A silent request is answered all the same: it may
    show no page.
    """
    return not client.options.first_party and not silent


def _known_client(raw: list[tuple[str, str]], catalogue: Catalogue) -> Client:
    """RFC 6749 §4.1.2.1: a bad client identifier is told to the person only."""
    client_id = _only(raw, "client_id")
    client = catalogue.clients.get(client_id or "")
    if client is None:
        raise PageRefusal(
            "The application that sent you here is not known.",
            error="invalid_request",
            rule="RFC6749-4.1.2.1.client",
            because=f"unknown client_id {(client_id or '')[:60]!r}",
        )
    return client


def _only(raw: list[tuple[str, str]], name: str) -> str | None:
    values = [value for key, value in raw if key == name and value]
    if len(values) > 1:
        raise PageRefusal(
            f"Parameter '{name}' must not be sent twice.",
            error="invalid_request",
            rule="RFC6749-3.1",
        )
    return values[0] if values else None


def _way_back(raw: list[tuple[str, str]], proven: str, issuer: str) -> WayBack:
    """Even a request with faults elsewhere is answered in its own mode and state."""
    modes = [value for key, value in raw if key == "response_mode"]
    states = [value for key, value in raw if key == "state" and value]
    mode: ResponseMode = "query"
    for known in MODES:
        if modes == [known] and _can_carry(proven, known):
            mode = known
    state = states[0] if len(states) == 1 else None
    locales = next((value for key, value in raw if key == "ui_locales"), None)
    return WayBack(
        redirect_uri=proven, mode=mode, state=state, issuer=issuer, ui_locales=locales
    )


def _can_carry(proven: str, mode: ResponseMode) -> bool:
    """Only a web address takes a form; an app's own scheme has no body."""
    return mode != "form_post" or proven.lower().startswith(("https:", "http:"))


def _checked(
    params: dict[str, str],
    client: Client,
    catalogue: Catalogue,
    way_back: WayBack,
    hint_keys: Sequence[Key],
) -> AuthorizationRequest:
    """The table of checks: read it from top to bottom, that is their order."""
    _no_request_object(params)
    _third_party(params, client)
    _response_type(params, client)
    _response_mode(params, way_back)
    challenge = pkce.check_challenge(
        params.get("code_challenge"),
        params.get("code_challenge_method"),
        required=client.public or client.options.require_pkce,
    )
    return AuthorizationRequest(
        params=params,
        client=client,
        api=_api(params, catalogue, way_back.issuer),
        way_back=way_back,
        redirect_uri_sent="redirect_uri" in params,
        scopes=split(params.get("scope")),
        nonce=params.get("nonce"),
        challenge=challenge,
        wishes=prompt.read(
            params,
            issuer=way_back.issuer,
            client_id=client.client_id,
            hint_keys=hint_keys,
        ),
        connection=_connection(params, client, catalogue),
    )


def _no_request_object(params: Mapping[str, str]) -> None:
    """OpenID Connect Core §3.1.2.6: say so where request objects are not read."""
    if "request" in params:
        raise RequestNotSupported(
            "Parameter 'request' is not supported", rule="OIDC-6.1"
        )
    if "request_uri" in params:
        raise RequestUriNotSupported(
            "Parameter 'request_uri' is not supported", rule="OIDC-6.2"
        )


def _third_party(params: Mapping[str, str], client: Client) -> None:
    """Some parameters are for the tenant's own apps (contract 3.3).

    ``claims`` above all: it would release what no scope named and nobody consented to.
    """
    if client.options.first_party:
        return
    for name in _FIRST_PARTY_ONLY:
        if name in params:
            raise InvalidRequest(
                f"Parameter '{name}' is not allowed for this application",
                rule="Auth0-third-party",
            )


def _response_type(params: Mapping[str, str], client: Client) -> None:
    asked = params.get("response_type")
    if asked is None:
        raise InvalidRequest(
            "Missing required parameter: response_type", rule="RFC6749-3.1.1"
        )
    if asked != "code":
        raise UnsupportedResponseType(
            f"Unsupported response type: {echo(asked, 40)}", rule="RFC6749-3.1.1"
        )
    if CODE not in client.grant_types:
        raise UnauthorizedClient(
            "Grant type 'authorization_code' not allowed for the client.",
            rule="RFC6749-4.1.2.1.unauthorized_client",
        )


def _response_mode(params: Mapping[str, str], way_back: WayBack) -> None:
    mode = params.get("response_mode")
    if mode is not None and mode not in MODES:
        raise InvalidRequest(
            f"Unsupported response mode: {echo(mode, 40)}", rule="OAuth-Multiple-2.1"
        )
    if mode == "form_post" and way_back.mode != mode:
        raise InvalidRequest(
            "Response mode 'form_post' needs an http or https redirect URI",
            rule="OAuth-Multiple-2.1",
        )


def _api(params: Mapping[str, str], catalogue: Catalogue, issuer: str) -> Api | None:
    """The audience of ``/userinfo`` is always there and means no API (contract 1.5)."""
    asked = audience.asked(params, catalogue)
    if asked is None or asked == userinfo_audience(issuer):
        return None
    return audience.api_of(asked, catalogue)


def _connection(
    params: Mapping[str, str], client: Client, catalogue: Catalogue
) -> str | None:
    name = params.get("connection")
    if name is None:
        return None
    connection = catalogue.connection(name)
    if connection is None or not connection.serves(client.client_id):
        raise InvalidRequest(
            "The connection is not enabled for this application",
            rule="Auth0-connection",
            because=f"connection {name[:60]!r} does not serve {client.client_id}",
        )
    return name
