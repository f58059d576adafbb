"""``/passkey/register`` and ``/passkey/challenge``: passkeys in an app's own screen.

Nothing is stored and nobody is looked up here: the answer is the same whoever asks
(security defaults 30). What follows is the webauthn grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatelodge.base import ids
from gatelodge.base.errors import InvalidRequest, UnauthorizedClient
from gatelodge.base.exchange import Exchange, Json, Reply
from gatelodge.base.ids import USER_ID_BYTES
from gatelodge.base.params import from_json
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints.calling import json_body
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.dbconnections import metadata_of
from gatelodge.house import House
from gatelodge.login import passkey_session, signup, webauthn
from gatelodge.login.passkey import takes_passkeys
from gatelodge.login.passkey_session import LIFETIME, Newcomer, PasskeySession
from gatelodge.login.relying_party import RelyingParty, relying_party
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import WEBAUTHN, Client
from gatelodge.model.connection import Connection
from gatelodge.model.user import User


async def challenge(house: House, exchange: Exchange) -> Reply:
    """What any passkey of this domain may answer.

    Raises:
        InvalidRequest: client or realm are missing.
        UnauthorizedClient: the client has not got this grant.
    """
    params = from_json(json_body(exchange))
    client, connection, party = _where(house, exchange, params)
    session = _session(house, exchange, client, connection)
    options = webauthn.request_options(party, session.challenge)
    return await _answer(house, exchange, session, options)


async def register(house: House, exchange: Exchange) -> Reply:
    """What makes a passkey for an account that will then be opened.

    Raises:
        InvalidRequest: client or realm are missing, or a field of the profile is wrong.
        UnauthorizedClient: the client has not got this grant.
    """
    body = json_body(exchange)
    client, connection, party = _where(house, exchange, from_json(body))
    if connection.options.disable_signup:
        raise _invalid("Sign-up is disabled for this connection")
    newcomer = _newcomer(house, exchange, body, connection)
    session = _session(house, exchange, client, connection, newcomer)
    user = _user(newcomer, connection)
    options = webauthn.creation_options(
        party,
        session.challenge,
        user_id=user.user_id,
        label=user.label,
        display_name=user.display_name,
    )
    return await _answer(house, exchange, session, options)


def _where(
    house: House, exchange: Exchange, params: Mapping[str, str]
) -> tuple[Client, Connection, RelyingParty]:
    catalogue = house.snapshot.catalogue
    client = catalogue.clients.get(params.get("client_id", ""))
    if client is None:
        raise InvalidRequest("client_id is missing or unknown", rule="Auth0-client_id")
    if WEBAUTHN not in client.grant_types:
        raise UnauthorizedClient(
            f"Grant type '{WEBAUTHN}' not allowed for the client.",
            rule="RFC6749-5.2.unauthorized_client",
        )
    realm = params.get("realm")
    connection = (
        catalogue.database_for(client.client_id)
        if realm is None
        else catalogue.connection(realm)
    )
    party = party_of(client, connection, catalogue, exchange.issuer)
    if connection is None or party is None:
        raise InvalidRequest("realm takes no passkeys", rule="Auth0-passkey-realm")
    return client, connection, party


def party_of(
    client: Client, connection: Connection | None, catalogue: Catalogue, issuer: str
) -> RelyingParty | None:
    """Who we are to this client's apps; None where it has no passkeys to use."""
    if connection is None or not takes_passkeys(connection):
        return None
    if not connection.serves(client.client_id):
        return None
    return relying_party(issuer, catalogue.settings, client=client)


def _newcomer(
    house: House, exchange: Exchange, body: object, connection: Connection
) -> Newcomer:
    profile = body.get("user_profile") if isinstance(body, dict) else None
    if not isinstance(profile, dict):
        raise _invalid("user_profile is missing")
    form = signup.read(from_json(profile), connection, metadata=metadata_of(exchange))
    if form.errors:
        raise _invalid(f"user_profile is malformed: {', '.join(form.errors)}")
    return Newcomer(
        drawn=house.entropy.draw(USER_ID_BYTES).hex(),
        email=form.email,
        key=form.key,
        username=form.username,
        profile=form.profile,
        metadata=form.metadata,
    )


def _user(newcomer: Newcomer, connection: Connection) -> User:
    """The account as it will be, as far as an authenticator is told of it."""
    profile = newcomer.profile
    return User(
        user_id=ids.user_id("auth0", bytes.fromhex(newcomer.drawn)),
        connection_id=connection.id,
        email_key=newcomer.key,
        email=newcomer.key,
        username=newcomer.username,
        name=profile.get("name"),
        given_name=profile.get("given_name"),
        family_name=profile.get("family_name"),
    )


def _session(
    house: House,
    exchange: Exchange,
    client: Client,
    connection: Connection,
    newcomer: Newcomer | None = None,
) -> PasskeySession:
    challenge = webauthn.begin(
        house.entropy.draw(webauthn.CHALLENGE_BYTES),
        subject=client.client_id,
        expires_at=house.clock.now() + LIFETIME,
    )
    return PasskeySession(
        client_id=client.client_id,
        issuer=exchange.issuer,
        connection_id=connection.id,
        challenge=challenge,
        newcomer=newcomer,
    )


async def _answer(
    house: House,
    exchange: Exchange,
    session: PasskeySession,
    options: dict[str, Any],
) -> Json:
    log = witness(house, exchange).line(
        "passkey_challenge_started",
        client_id=session.client_id,
        connection_id=session.connection_id,
        description="sign-up" if session.newcomer else "sign-in",
    )
    await house.store.commit((log,))
    nonce = house.entropy.draw(NONCE_BYTES)
    sealed = passkey_session.seal(session, house.sealer, nonce)
    return Json(body={"auth_session": sealed, "authn_params_public_key": options})


def _invalid(says: str) -> InvalidRequest:
    return InvalidRequest(says, rule="Auth0-passkey-register")
