"""The grants ``password`` and ``password-realm`` (RFC 6749 §4.3, contract 3.4).

Off unless a client has them: an app that sees passwords can lose them, and no page of
ours can warn its people. Unknown person and wrong password get one text and cost one
hash; each try is taken before the password is looked at.
"""

from __future__ import annotations

from gatelodge.base.errors import InvalidGrant, InvalidRequest
from gatelodge.base.text import email_key
from gatelodge.endpoints import direct, password_check
from gatelodge.endpoints.calling import Calling
from gatelodge.house import House
from gatelodge.login import password
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.reads import Account, FindAccount
from gatelodge.oauth.direct import Proof, asked
from gatelodge.oauth.issuance import Issuance


async def by_password(house: House, calling: Calling) -> Issuance:
    """Tokens for a name and password, of the tenant's default database.

    A ``realm`` is honoured here too: some of the field's clients send it so.

    Raises:
        ProtocolRefusal: see ``by_realm``.
    """
    settings = calling.snapshot.catalogue.settings
    realm = calling.params.get("realm") or settings.default_directory
    if realm is None:
        raise InvalidRequest(
            "Authorization server not configured with default connection.",
            rule="Auth0-default-directory",
        )
    return await _give(house, calling, realm)


async def by_realm(house: House, calling: Calling) -> Issuance:
    """Tokens for a name and password, of the database that ``realm`` names.

    Raises:
        InvalidRequest: a parameter is missing, or there is no such database.
        InvalidGrant: nobody of that name, or another password.
        TooManyAttempts: too many wrong ones.
        TooManyRequests: the hashers are busy.
    """
    realm = calling.params.get("realm")
    if realm is None:
        raise _missing("realm")
    return await _give(house, calling, realm)


async def _give(house: House, calling: Calling, realm: str) -> Issuance:
    params, catalogue = calling.params, calling.snapshot.catalogue
    for name in ("username", "password"):
        if name not in params:
            raise _missing(name)
    connection = catalogue.connection(realm)
    if (
        connection is None
        or connection.strategy != DATABASE
        or not connection.serves(calling.client.client_id)
    ):
        raise InvalidRequest(
            "The realm is no database of this client", rule="Auth0-realm"
        )
    asked(params, catalogue, calling.exchange.issuer)
    identifier = email_key(params["username"])
    verdict = await _judged(house, calling, connection, identifier)
    if verdict.account is None:
        raise InvalidGrant(
            password.WRONG, rule="Auth0-wrong-credentials", writes=verdict.writes
        )
    await house.store.commit(verdict.forgiven)
    proof = Proof(amr=("pwd",), log="sepft", gty="password", writes=verdict.writes)
    user_id = verdict.account.person.user.user_id
    return await direct.give(house, calling, user_id, proof)


async def _judged(
    house: House, calling: Calling, connection: Connection, identifier: str
) -> password.Verdict:
    account: Account | None = await house.store.read(
        FindAccount(connection_id=connection.id, identifier=identifier)
    )
    attempt = password_check.Attempt(
        exchange=calling.exchange,
        account=account,
        connection=connection,
        client_id=calling.client.client_id,
        identifier=identifier,
    )
    typed = calling.params["password"]
    return await password_check.check(house, attempt, typed, log="fepft")


def _missing(name: str) -> InvalidRequest:
    return InvalidRequest(
        f"Missing required parameter: {name}", rule="RFC6749-4.3.2.parameters"
    )
