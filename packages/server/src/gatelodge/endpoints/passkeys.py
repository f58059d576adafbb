"""What pages ask an authenticator, and whether its person is offered a passkey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints import post_office
from gatelodge.endpoints.visit import Visit
from gatelodge.house import House
from gatelodge.login import passkey, webauthn, webauthn_answer
from gatelodge.login.letter import Letter, called
from gatelodge.login.relying_party import RelyingParty, relying_party
from gatelodge.model.connection import Connection
from gatelodge.model.factor import Factor
from gatelodge.model.reads import Account, FindPasskeyStanding
from gatelodge.model.user import User

READY = "passkey_ready"
_THEIRS: Final = "account/security"


def party_of(visit: Visit) -> RelyingParty | None:
    """Who we are to authenticators on our own pages."""
    settings = visit.snapshot.catalogue.settings
    return relying_party(visit.transaction.issuer, settings)


def able(visit: Visit, connection: Connection | None) -> bool:
    """Whether passkeys are of use here at all; a window inside an app keeps none."""
    if visit.embedded:
        return False
    return party_of(visit) is not None and passkey.takes_passkeys(connection)


def signing_in(visit: Visit) -> str:
    """What a challenge of this visit's sign-in page is for."""
    return f"sign-in {visit.transaction.jti}"


def enrolling(sid: str) -> str:
    """What a challenge of the offer is for."""
    return f"enrolment {sid}"


def asked(
    house: House, visit: Visit, connection: Connection | None
) -> dict[str, object] | None:
    """The sign-in page's question to any passkey; None where there are none."""
    party = party_of(visit)
    if party is None or connection is None or not passkey.takes_passkeys(connection):
        return None
    begun = challenge(house, signing_in(visit), passkey.SIGN_IN_LIFETIME)
    ui = connection.options.passkeys.challenge_ui
    options = webauthn.request_options(party, begun)
    return {
        **question(house, "/u/passkey/login", begun, options),
        "button": ui != "autofill",
        "autofill": ui != "button",
    }


def offered(
    house: House,
    party: RelyingParty,
    user: User,
    *,
    sid: str,
    known: tuple[Factor, ...],
) -> dict[str, object]:
    """The question that makes a new passkey."""
    begun = challenge(house, enrolling(sid))
    options = webauthn.creation_options(
        party,
        begun,
        user_id=user.user_id,
        label=user.label,
        display_name=user.display_name,
        known=known,
    )
    return question(house, "/u/passkey", begun, options)


def question(
    house: House,
    action: str,
    challenge: webauthn.Challenge,
    options: dict[str, object],
) -> dict[str, object]:
    """A question as pages carry it: asked by a button, answered to ``action``."""
    nonce = house.entropy.draw(NONCE_BYTES)
    return {
        "action": action,
        "challenge": webauthn.seal(challenge, house.sealer, nonce),
        "options": msgspec.json.encode(options).decode(),
        "button": True,
        "autofill": False,
    }


def answered(
    house: House, form: Mapping[str, str], *, subject: str
) -> tuple[webauthn.Challenge, webauthn_answer.Answer]:
    """The question a form brings back, and its answer.

    Raises:
        WebauthnRefusal: one of them is not good.
    """
    challenge = webauthn.unseal(
        form.get("challenge", ""), house.sealer, subject=subject, now=house.clock.now()
    )
    return challenge, webauthn_answer.read(form.get("credential", ""))


async def offering(
    house: House,
    visit: Visit,
    form: Mapping[str, str],
    account: Account,
    *,
    elsewhere: bool = False,
) -> Visit:
    """The visit, knowing whether its person will be offered a passkey.

    Only in a browser that said it can keep one: elsewhere the page would be of no use.
    """
    user = account.person.user
    connection = visit.snapshot.catalogue.connection_by_id(user.connection_id)
    due = False
    if form.get(READY) == "1" and able(visit, connection):
        key = passkey.quiet_key(user.user_id)
        standing = await house.store.read(
            FindPasskeyStanding(user_id=user.user_id, key=key)
        )
        due = passkey.offer_due(
            standing, connection, elsewhere=elsewhere, now=house.clock.now()
        )
    told = msgspec.structs.replace(visit.transaction, passkey_offer=due)
    return msgspec.structs.replace(visit, transaction=told)


def told(
    house: House,
    exchange: Exchange,
    user: User,
    what: Literal["passkey_added", "passkey_removed"],
    *,
    ui_locales: str | None = None,
) -> tuple[Write, ...]:
    """The mail that tells its person: nobody gets a way in of their own unseen."""
    if not user.email:
        return ()
    letter = Letter(
        name=what,
        recipient=user.email,
        context={
            "url": f"{exchange.issuer}{_THEIRS}",
            "user_name": called(user),
        },
    )
    return post_office.queue(house, exchange, (letter,), ui_locales=ui_locales)


def challenge(
    house: House, subject: str, lifetime: int = passkey.ENROLMENT_LIFETIME
) -> webauthn.Challenge:
    """A fresh challenge for ``subject``; ``lifetime`` in milliseconds."""
    return webauthn.begin(
        house.entropy.draw(webauthn.CHALLENGE_BYTES),
        subject=subject,
        expires_at=house.clock.now() + lifetime,
    )
