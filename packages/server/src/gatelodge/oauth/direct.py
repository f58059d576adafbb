"""Tokens for a person who proved themselves to the app's own screen.

The grants without a browser: password, passwordless code, passkey, a social provider's
token (contract 3.4). What was proven is another rule's business; here stands what it
gives, and that it is no more than the browser would give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.change import Decision, Write
from gatelodge.base.errors import MfaRequired, UnauthorizedClient
from gatelodge.model.api import Api
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.grant import Authentication, Device, Family
from gatelodge.model.reads import Grantee
from gatelodge.model.user import Person
from gatelodge.oauth import audience, family, second_factor
from gatelodge.oauth.issuance import Issuance, NextRefresh, issue
from gatelodge.oauth.log import Witness
from gatelodge.oauth.outcome import (
    NO_RUN,
    Run,
    check_without_person,
    demands_factor,
    scopes_of,
    spoken,
)
from gatelodge.oauth.scope import OFFLINE, for_user, needs_consent, split
from gatelodge.oauth.subject import check_alive
from gatelodge.oauth.token_claims import Subject, userinfo_audience

WRONG: Final = "Wrong email or password."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the app asks tokens for; no scope at all means every one of the API's."""

    audience: str | None
    scope: str | None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How the person proved themselves, and how that is called.

    Attributes:
        amr: methods (RFC 8176).
        log: Auth0's log type of the success.
        gty: Auth0's name of the grant in its token dialect, where it has one.
        says: the grant's own text for a person who cannot sign in.
        writes: what else becomes true when tokens are given: the code is spent.
    """

    amr: tuple[str, ...]
    log: str
    gty: str | None = None
    says: str = WRONG
    writes: tuple[Write, ...] = ()


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """Random bytes for one answer, drawn before the rule is asked."""

    family_id: str
    seed: bytes
    jti: str


def asked(params: Mapping[str, str], catalogue: Catalogue, issuer: str) -> Asked:
    """Read what is asked for; the audience of ``/userinfo`` means no API.

    Raises:
        AccessDenied: there is no such API.
        InvalidScope: the scope is malformed.
    """
    named = audience.asked(params, catalogue)
    if named == userinfo_audience(issuer):
        named = None
    if named is not None:
        audience.api_of(named, catalogue)
    split(params.get("scope"))
    return Asked(audience=named, scope=params.get("scope"))


def give(
    bundle: Grantee | None,
    wanted: Asked,
    proof: Proof,
    *,
    client: Client,
    catalogue: Catalogue,
    issuer: str,
    witness: Witness,
    drawn: Drawn,
    run: Run = NO_RUN,
) -> Decision[Issuance]:
    """Give tokens to a person who is proven, unless one proof is not enough.

    Raises:
        InvalidGrant: the account is gone, or its connection is closed to the client.
        Unauthorized: the person is blocked.
        UnauthorizedClient: consent is needed, and there is no page to ask on.
        MfaRequired: a second factor is missing.
        ProtocolRefusal: an action said no (``run``).
    """
    person = _person(bundle, proof, client, catalogue)
    api = audience.granted(wanted.audience, catalogue, says=proof.says)
    scopes = _scopes(wanted, person, client, api, catalogue)
    subject = Subject(
        issuer=issuer,
        client=client,
        catalogue=catalogue,
        person=person,
        api=api,
        scopes=scopes_of(scopes, run.outcome, client=client, api=api),
        sid="",
        authentication=_authentication(proof, witness.at),
        now=witness.at,
        jti=drawn.jti,
        gty=proof.gty,
        custom=run.outcome.custom,
    )
    families = bundle.families if bundle else 0
    return _given(families, subject, proof, witness, drawn, run)


def _check_said(run: Run, proof: Proof) -> None:
    """An action may refuse; what it demands is told like any second factor."""
    if run.outcome.denied is None and demands_factor(run.outcome, proof.amr):
        raise MfaRequired("Multifactor authentication required", rule="Auth0-mfa")
    check_without_person(run.outcome, proof.amr)


def _person(
    bundle: Grantee | None, proof: Proof, client: Client, catalogue: Catalogue
) -> Person:
    """Somebody who may sign in here and has proven enough."""
    known = bundle.person if bundle else None
    person = check_alive(known, client, catalogue, says=proof.says)
    settings = catalogue.settings
    if second_factor.missing(person.user, proof.amr, client=client, settings=settings):
        raise MfaRequired("Multifactor authentication required", rule="Auth0-mfa")
    return person


def _authentication(proof: Proof, now: int) -> Authentication:
    acr = second_factor.acr_of(proof.amr)
    return Authentication(auth_time=now, amr=proof.amr, acr=acr)


def _given(
    families: int,
    subject: Subject,
    proof: Proof,
    witness: Witness,
    drawn: Drawn,
    run: Run,
) -> Decision[Issuance]:
    _check_said(run, proof)
    refresh: NextRefresh | None = None
    born: tuple[Write, ...] = ()
    if OFFLINE in subject.scopes:
        refresh, born = family.birth(
            _family(subject, witness, drawn),
            client=subject.client,
            families=families,
            settings=subject.catalogue.settings,
            witness=witness,
        )
    issuance = issue(
        subject, refresh=refresh, family_id=drawn.family_id if refresh else None
    )
    log = witness.line(
        proof.log,
        client_id=subject.client.client_id,
        user_id=subject.person.user.user_id,
        connection_id=subject.person.user.connection_id,
        audience=subject.api.identifier if subject.api else None,
        scope=" ".join(subject.scopes),
        family_id=refresh.family_id if refresh else None,
        actions=spoken(run.traces),
    )
    return Decision(answer=issuance, writes=(*proof.writes, *born, log))


def _all(api: Api | None) -> tuple[str, ...]:
    """Auth0's implied trust: who names no scope gets what the API has."""
    return tuple(scope.value for scope in api.scopes) if api else ()


def _scopes(
    wanted: Asked,
    person: Person,
    client: Client,
    api: Api | None,
    catalogue: Catalogue,
) -> tuple[str, ...]:
    """What is granted; nothing that somebody would have to be asked for first."""
    scopes = for_user(
        split(wanted.scope) or _all(api),
        client=client,
        api=api,
        catalogue=catalogue,
        person=person,
    )
    if needs_consent(scopes, client=client, api=api, consented=()):
        raise UnauthorizedClient(
            "This grant needs an API that lets first-party clients skip consent.",
            rule="Auth0-implied-consent",
        )
    return scopes


def _family(subject: Subject, witness: Witness, drawn: Drawn) -> Family:
    return Family(
        id=drawn.family_id,
        seed=drawn.seed,
        generation=1,
        rotated_at=witness.at,
        client_id=subject.client.client_id,
        user_id=subject.person.user.user_id,
        sid="",
        audience=subject.api.identifier if subject.api else None,
        scopes=subject.scopes,
        authentication=subject.authentication,
        device=Device(ip=witness.ip, agent=witness.agent),
        created_at=witness.at,
        idle_until=None,
        expires_at=None,
    )
