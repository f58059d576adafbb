"""The webauthn grant: an app's own screen has asked a passkey (contract 3.4, 3.9)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.change import Write
from gatelodge.base.errors import InvalidGrant, InvalidRequest, WebauthnRefusal
from gatelodge.endpoints import acting, corridor, post_office, registering
from gatelodge.endpoints import direct as giving
from gatelodge.endpoints.calling import Calling, json_body
from gatelodge.endpoints.passkey_api import party_of
from gatelodge.house import House
from gatelodge.login import passkey, passkey_session, signup, webauthn_answer
from gatelodge.login.passkey_session import UNVERIFIED, Newcomer, PasskeySession
from gatelodge.login.relying_party import RelyingParty
from gatelodge.login.ticket import TICKET_BYTES
from gatelodge.login.webauthn_answer import Answer
from gatelodge.model.connection import Connection
from gatelodge.model.reads import FindCredential
from gatelodge.model.writes import UserSignedIn
from gatelodge.oauth import direct
from gatelodge.oauth.issuance import Issuance
from gatelodge.oauth.log import noted
from gatelodge.oauth.outcome import Run, check_without_person

_SUCCESS: Final = "s"


async def redeem(house: House, calling: Calling) -> Issuance:
    """Give tokens to whoever the passkey proves, or to whom it makes an account for.

    The ``auth_session`` is spent first, whatever becomes of the rest.

    Raises:
        InvalidGrant: with one text for everything that is wrong with the answer.
        ProtocolRefusal: see ``oauth.direct``.
    """
    session = _session(house, calling)
    sent = _sent(calling)
    direct.asked(calling.params, calling.snapshot.catalogue, calling.exchange.issuer)
    if not await house.store.commit((session.challenge.spend(),)):
        raise passkey_session.spent()
    try:
        answer = webauthn_answer.read(sent)
        if session.newcomer is None:
            return await _sign_in(house, calling, session, answer)
        return await _sign_up(house, calling, session, session.newcomer, answer)
    except WebauthnRefusal as refusal:
        raise InvalidGrant(
            UNVERIFIED, rule=refusal.rule, because=refusal.because
        ) from refusal


def _session(house: House, calling: Calling) -> PasskeySession:
    text = calling.params.get("auth_session")
    if text is None:
        raise InvalidRequest(
            "Missing required parameter: auth_session", rule="Auth0-passkey-grant"
        )
    session = passkey_session.unseal(
        text,
        house.sealer,
        client_id=calling.client.client_id,
        issuer=calling.exchange.issuer,
        now=calling.witness.at,
    )
    realm = calling.params.get("realm")
    own = calling.snapshot.catalogue.connection_by_id(session.connection_id)
    if realm is not None and (own is None or realm != own.name):
        raise InvalidRequest(
            "realm is not the one of the auth_session", rule="Auth0-passkey-realm"
        )
    return session


def _sent(calling: Calling) -> object:
    """An object in a JSON body, its JSON text in a form (contract: clients §8)."""
    sent: object = calling.params.get("authn_response")
    if calling.exchange.headers.get("content-type", "").startswith("application/json"):
        body = json_body(calling.exchange)
        sent = body.get("authn_response") if isinstance(body, dict) else None
    if sent is None:
        raise InvalidRequest(
            "Missing required parameter: authn_response", rule="Auth0-passkey-grant"
        )
    return sent


def _where(
    calling: Calling, session: PasskeySession
) -> tuple[Connection, RelyingParty]:
    """As when it began: a connection may have been closed since."""
    catalogue = calling.snapshot.catalogue
    connection = catalogue.connection_by_id(session.connection_id)
    party = party_of(calling.client, connection, catalogue, session.issuer)
    if connection is None or party is None:
        raise WebauthnRefusal(
            "error.passkey_failed",
            rule="Auth0-passkey-realm",
            because="the connection takes no passkeys any more",
        )
    return connection, party


async def _sign_in(
    house: House, calling: Calling, session: PasskeySession, answer: Answer
) -> Issuance:
    connection, party = _where(calling, session)
    bundle = await house.store.read(FindCredential(credential=answer.raw_id))
    entry = passkey.enter(
        bundle,
        answer,
        party=party,
        challenge=session.challenge,
        client=calling.client,
        catalogue=calling.snapshot.catalogue,
        connection=connection,
        witness=calling.witness,
    )
    user_id = entry.account.person.user.user_id
    return await giving.give(house, calling, user_id, _proof(entry.amr, entry.writes))


async def _sign_up(
    house: House,
    calling: Calling,
    session: PasskeySession,
    newcomer: Newcomer,
    answer: Answer,
) -> Issuance:
    """Account, passkey and tokens in one commit, or none of them."""
    connection, party = _where(calling, session)
    if connection.options.disable_signup:
        raise _not_made("sign-up has been disabled")
    form, run = await _asked(house, calling, newcomer, connection)
    made = _account(house, calling, newcomer, form, connection)
    factor = passkey.new_factor(
        answer,
        made.user,
        party=party,
        challenge=session.challenge,
        raw=house.entropy.draw(passkey.FACTOR_ID_BYTES),
        now=calling.witness.at,
    )
    writes = (
        *noted(made.writes, run),
        *post_office.queue(house, calling.exchange, made.letters),
        *passkey.added(
            factor,
            made.user,
            client_id=calling.client.client_id,
            witness=corridor.witness(house, calling.exchange),
        ),
        UserSignedIn(
            user_id=made.user.user_id, at=calling.witness.at, ip=calling.witness.ip
        ),
    )
    proof = _proof(passkey.amr_of(synced=bool(factor.details["synced"])), writes)
    given = await giving.give_newcomer(house, calling, made.user, proof)
    if given is None:
        raise _not_made("the e-mail address, user name or passkey is taken")
    return given


async def _asked(
    house: House, calling: Calling, newcomer: Newcomer, connection: Connection
) -> tuple[signup.Form, Run]:
    """What the newcomer has said, with what actions add to it.

    Raises:
        ProtocolRefusal: an action does not want them.
    """
    form, run = await registering.fill_in(
        house, calling.exchange, calling.client, connection, newcomer.form
    )
    with acting.blamed(run, calling):
        check_without_person(run.outcome, ())
    return form, run


def _account(
    house: House,
    calling: Calling,
    newcomer: Newcomer,
    form: signup.Form,
    connection: Connection,
) -> signup.SignUp:
    drawn = bytes.fromhex(newcomer.drawn)
    return signup.create(
        form,
        phc=None,
        connection=connection,
        client_id=calling.client.client_id,
        settings=calling.snapshot.catalogue.settings,
        issuer=calling.exchange.issuer,
        witness=corridor.witness(house, calling.exchange),
        raw=drawn + house.entropy.draw(TICKET_BYTES),
    )


def _proof(amr: tuple[str, ...], writes: tuple[Write, ...]) -> direct.Proof:
    return direct.Proof(amr=amr, log=_SUCCESS, says=UNVERIFIED, writes=writes)


def _not_made(because: str) -> InvalidGrant:
    """One text, whether the address is taken or sign-up is closed."""
    return InvalidGrant(
        "Invalid sign up", rule="Auth0-passkey-register", because=because
    )
