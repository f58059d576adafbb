"""The grant of a code from a mail or text (Auth0's passwordless OTP, contract 3.4)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.errors import InvalidGrant, InvalidRequest
from gatelodge.endpoints import direct, passwordless
from gatelodge.endpoints.calling import Calling
from gatelodge.house import House
from gatelodge.login import passwordless as rules
from gatelodge.model.connection import EMAIL, SMS
from gatelodge.oauth.direct import Proof, asked
from gatelodge.oauth.issuance import Issuance

WRONG: Final = {
    EMAIL: "Wrong email or verification code.",
    SMS: "Wrong phone number or verification code.",
}


async def by_code(house: House, calling: Calling) -> Issuance:
    """Tokens for whoever holds the newest code of an address; it is spent.

    Raises:
        InvalidRequest: a parameter is missing, or there is no such connection.
        InvalidGrant: the code is not right, or is good no more.
    """
    params, catalogue = calling.params, calling.snapshot.catalogue
    for name in ("username", "otp", "realm"):
        if name not in params:
            raise InvalidRequest(
                f"Missing required parameter: {name}", rule="Auth0-otp-parameters"
            )
    connection = rules.named(catalogue, params["realm"], calling.client.client_id)
    if connection is None:
        raise InvalidRequest(
            "The realm is no passwordless connection of this client",
            rule="Auth0-realm",
        )
    asked(params, catalogue, calling.exchange.issuer)
    region = catalogue.settings.phone_region
    address = rules.address_of(connection, params["username"], region)
    says = WRONG[connection.strategy]
    known = address and await passwordless.prove(
        house,
        calling.exchange,
        connection,
        address,
        params["otp"],
        way=rules.Way(client_id=calling.client.client_id),
    )
    if not known:
        raise InvalidGrant(
            says, rule="Auth0-wrong-code", because="wrong, old, used or looked at"
        )
    proof = Proof(amr=rules.amr_of(connection), log="s", says=says)
    return await direct.give_to(house, calling, known, proof)
