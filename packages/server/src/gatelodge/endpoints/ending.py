"""The end of a login: what is written when the app gets its code, or has to wait."""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.exchange import Cookie, Exchange, Reply
from gatelodge.base.opaque import FAMILY_ID_BYTES
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints import saml_answer
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House, Snapshot
from gatelodge.login import actions_so_far, metadata, set_aside
from gatelodge.login.joining import Joining
from gatelodge.login.opening import touch
from gatelodge.login.transaction import PROOF_LIFETIME, Transaction
from gatelodge.model.grant import Authentication
from gatelodge.model.reads import SignedIn
from gatelodge.model.writes import InsertCode, SpendJti
from gatelodge.oauth import code, second_factor
from gatelodge.oauth.log import failed_actions, noted
from gatelodge.oauth.outcome import Run
from gatelodge.oauth.request import AuthorizationRequest
from gatelodge.oauth.response import answer


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """A login that the hub lets through, and what the actions said to it.

    ``asked`` says that they were asked just now. ``writes`` belong to the step before;
    ``carried`` says that a proof in the transaction is used now. ``joining`` becomes
    part of the person's account by ``joins``.
    """

    snapshot: Snapshot
    request: AuthorizationRequest
    transaction: Transaction
    signed_in: SignedIn
    run: Run
    asked: bool
    writes: tuple[Write, ...]
    carried: bool
    joining: Joining | None = None
    joins: tuple[Write, ...] = ()


def issued(
    house: House,
    exchange: Exchange,
    ending: Ending,
    scopes: tuple[str, ...],
    *,
    cookies: tuple[Cookie, ...],
) -> tuple[Reply, tuple[Write, ...]]:
    """The app's answer with these scopes, and all changes that go with it."""
    now = house.clock.now()
    signed_in, run, writes = ending.signed_in, ending.run, ending.writes
    give, reply = _answer(house, ending, scopes, cookies, now)
    changes = (
        *((_spend(ending.transaction, now),) if ending.carried else ()),
        *writes,
        *ending.joins,
        *_gone_on(ending.transaction, now),
        give,
        *touch(signed_in.session, ending.snapshot.catalogue.settings, now),
        *metadata.change(signed_in.person.user, run.outcome, now, after=ending.joins),
        *(() if writes else (_silent_success(house, exchange, ending),)),
    )
    if not run.traces:
        return reply, changes
    failed = failed_actions(
        run,
        witness(house, exchange),
        client_id=ending.request.client.client_id,
        user_id=signed_in.session.user_id,
    )
    return reply, (*noted(changes, run), *failed)


def _answer(
    house: House,
    ending: Ending,
    scopes: tuple[str, ...],
    cookies: tuple[Cookie, ...],
    now: int,
) -> tuple[Write, Reply]:
    """A code, or an assertion for an app that speaks SAML."""
    way = ending.request.way_back
    if way.mode == "saml":
        changes = ending.run.outcome.saml
        return saml_answer.given(
            house, ending.request, ending.signed_in, cookies, changes=changes
        )
    secret, insert = _code(house, ending, scopes, now)
    fields = (("code", secret),)
    return insert, answer(way, fields, cookies=cookies)


def waiting(house: House, ending: Ending) -> tuple[Transaction, tuple[Write, ...]]:
    """The transaction of a login that waits, and the changes that let it.

    Without a redirect it waits for a second factor.
    """
    now = house.clock.now()
    name = b64url(house.entropy.draw(set_aside.NAME_BYTES))
    away = ending.run.outcome.redirect is not None
    transaction = msgspec.structs.replace(
        ending.transaction,
        actions=name,
        mfa_demanded=ending.transaction.mfa_demanded or not away,
    )
    so_far = actions_so_far.SoFar(
        user_id=ending.signed_in.session.user_id,
        run=ending.run,
        transaction=transaction,
    )
    kept = actions_so_far.keep(
        so_far,
        name,
        sealer=house.sealer,
        nonce=house.entropy.draw(NONCE_BYTES),
        now=now,
    )
    return transaction, (*_gone_on(ending.transaction, now), kept)


def _gone_on(transaction: Transaction, now: int) -> tuple[Write, ...]:
    name = transaction.actions
    return () if name is None else (set_aside.spend(name, now),)


def _code(
    house: House, ending: Ending, scopes: tuple[str, ...], now: int
) -> tuple[str, InsertCode]:
    session = ending.signed_in.session
    return code.give(
        ending.request,
        user_id=session.user_id,
        sid=session.sid,
        authentication=Authentication(
            auth_time=session.auth_time,
            amr=session.amr,
            acr=second_factor.acr_of(session.amr),
        ),
        scopes=scopes,
        lifetime=ending.snapshot.catalogue.settings.code_lifetime,
        raw=house.entropy.draw(code.CODE_BYTES + FAMILY_ID_BYTES),
        now=now,
        custom=ending.run.outcome.custom,
    )


def _spend(transaction: Transaction, now: int) -> SpendJti:
    key = digest_of(f"login transaction\x00{transaction.jti}")
    return SpendJti(key=key, expires_at=now + 2 * PROOF_LIFETIME)


def _silent_success(house: House, exchange: Exchange, ending: Ending) -> Write:
    return witness(house, exchange).line(
        "ssa",
        client_id=ending.request.client.client_id,
        user_id=ending.signed_in.session.user_id,
        session_id=ending.signed_in.session.sid,
    )
