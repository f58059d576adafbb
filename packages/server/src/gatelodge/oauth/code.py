"""The authorization code: issued once, redeemed once.

RFC 6749 §4.1, RFC 9700 §2.1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.change import Decision, Write
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.errors import InvalidGrant, InvalidRequest, ProtocolRefusal
from gatelodge.base.opaque import CODE_PREFIX, FAMILY_ID_BYTES, SEED_BYTES, random_token
from gatelodge.base.urls import without_fragment
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.grant import (
    Authentication,
    Code,
    CodeDetails,
    CustomClaims,
    Device,
    Family,
)
from gatelodge.model.reads import CodeBundle
from gatelodge.model.writes import (
    BuryFamily,
    ConsumeCode,
    EndFamily,
    HoldSession,
    InsertCode,
)
from gatelodge.oauth import audience, family, pkce
from gatelodge.oauth.issuance import Issuance, NextRefresh, issue
from gatelodge.oauth.log import Witness
from gatelodge.oauth.request import AuthorizationRequest
from gatelodge.oauth.scope import OFFLINE
from gatelodge.oauth.subject import check_alive, check_session
from gatelodge.oauth.token_claims import Subject

CODE_BYTES: Final = 32
INVALID: Final = "Invalid authorization code"
LOST_ANSWER: Final = 10_000
_NO_CLAIMS: Final = CustomClaims()
_TWICE: Final = "code used twice"


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """Random bytes for one exchange, drawn before the rule is asked."""

    seed: bytes
    jti: str


def give(
    request: AuthorizationRequest,
    *,
    user_id: str,
    sid: str,
    authentication: Authentication,
    scopes: tuple[str, ...],
    lifetime: int,
    raw: bytes,
    now: int,
    custom: CustomClaims = _NO_CLAIMS,
) -> tuple[str, InsertCode]:
    """A code bound to everything the request proved; ``lifetime`` in seconds.

    ``raw`` holds ``CODE_BYTES + FAMILY_ID_BYTES`` random bytes.
    """
    secret = random_token(CODE_PREFIX, raw[:CODE_BYTES])
    code = Code(
        digest=digest_of(secret),
        client_id=request.client.client_id,
        user_id=user_id,
        sid=sid,
        redirect_uri=request.way_back.redirect_uri,
        scopes=scopes,
        audience=request.api.identifier if request.api else None,
        nonce=request.nonce,
        challenge=request.challenge,
        family_id=b64url(raw[CODE_BYTES : CODE_BYTES + FAMILY_ID_BYTES]),
        details=_details(request, authentication, custom),
        created_at=now,
        expires_at=now + lifetime * 1000,
    )
    return secret, InsertCode(code=code)


def _details(
    request: AuthorizationRequest, authentication: Authentication, custom: CustomClaims
) -> CodeDetails:
    wishes = request.wishes
    return CodeDetails(
        authentication=authentication,
        redirect_uri_sent=request.redirect_uri_sent,
        wants_auth_time=wishes.wants_auth_time,
        id_token_claims=wishes.id_token_claims,
        userinfo_claims=wishes.userinfo_claims,
        custom=custom,
    )


def redeem(
    bundle: CodeBundle | None,
    params: Mapping[str, str],
    *,
    client: Client,
    catalogue: Catalogue,
    issuer: str,
    witness: Witness,
    drawn: Drawn,
) -> Decision[Issuance]:
    """Exchange a code for tokens (RFC 6749 §4.1.3).

    Raises:
        InvalidGrant: the code is not good, or its session has been ended.
        InvalidRequest: a parameter is missing.
        Unauthorized: the person is blocked.
    """
    if bundle is None:
        raise InvalidGrant(INVALID, rule="RFC6749-4.1.3.code")
    code, details = bundle.code, bundle.code.details
    _check_code(code, params, client, witness.at)
    person = check_alive(bundle.person, client, catalogue, says=INVALID)
    check_session(bundle.session_open, says=INVALID)
    subject = Subject(
        issuer=issuer,
        client=client,
        catalogue=catalogue,
        person=person,
        api=audience.granted(code.audience, catalogue, says=INVALID),
        scopes=code.scopes,
        sid=code.sid,
        authentication=details.authentication,
        now=witness.at,
        jti=drawn.jti,
        nonce=code.nonce,
        wants_auth_time=details.wants_auth_time,
        id_token_claims=details.id_token_claims,
        custom=details.custom,
    )
    return _spend(bundle, subject, witness, drawn)


def _check_code(
    code: Code, params: Mapping[str, str], client: Client, now: int
) -> None:
    """Its bindings in order: client, first use, life, redirect URI, proof key."""
    if code.client_id != client.client_id:
        raise InvalidGrant(INVALID, rule="RFC6749-4.1.3.client", because="other client")
    _check_unused(code, params, now)
    if code.expires_at <= now:
        raise InvalidGrant(INVALID, rule="RFC6749-4.1.2.expired", because="expired")
    _check_redirect_uri(code, params.get("redirect_uri"))
    pkce.check_verifier(params.get("code_verifier"), code.challenge)


def _spend(
    bundle: CodeBundle, subject: Subject, witness: Witness, drawn: Drawn
) -> Decision[Issuance]:
    """The code is good: spend it, and say what it gives."""
    code = bundle.code
    refresh, born = _birth(bundle, subject, witness, drawn)
    issuance = issue(
        subject,
        refresh=refresh,
        family_id=code.family_id,
        userinfo_claims=code.details.userinfo_claims,
    )
    log = witness.line(
        "seacft",
        client_id=code.client_id,
        user_id=code.user_id,
        audience=code.audience,
        scope=" ".join(code.scopes),
        session_id=code.sid,
        family_id=refresh.family_id if refresh else None,
    )
    spent = ConsumeCode(digest=code.digest, used_at=witness.at)
    held = HoldSession(sid=code.sid)
    return Decision(answer=issuance, writes=(spent, held, *born, log))


def _check_unused(code: Code, params: Mapping[str, str], now: int) -> None:
    """A second use is always refused; only a lost answer spares the family.

    RFC 6749 §4.1.2, decisions 2.
    """
    if code.used_at is None:
        return
    lost = now - code.used_at <= LOST_ANSWER and _verifies(params, code.challenge)
    raise InvalidGrant(
        INVALID,
        rule="RFC6749-4.1.2.once",
        because="used twice, a lost answer" if lost else "used twice: family ended",
        writes=() if lost else (_ended(code, now),),
    )


def _ended(code: Code, now: int) -> EndFamily | BuryFamily:
    """All that the code gave ends; its opaque access token asks for the family too."""
    if OFFLINE in code.scopes:
        return EndFamily(family_id=code.family_id, at=now, reason=_TWICE)
    blank = _family(code, seed=b"", device=Device(), now=now)
    buried = msgspec.structs.replace(blank, revoked_at=now, reason=_TWICE)
    return BuryFamily(family=buried)


def _verifies(params: Mapping[str, str], challenge: str | None) -> bool:
    if challenge is None:
        return False
    try:
        pkce.check_verifier(params.get("code_verifier"), challenge)
    except ProtocolRefusal:
        return False
    return True


def _check_redirect_uri(code: Code, sent: str | None) -> None:
    """Named at /authorize, it is named again here, the same (RFC 6749 §4.1.3)."""
    if sent is None:
        if code.details.redirect_uri_sent:
            raise InvalidRequest(
                "Missing required parameter: redirect_uri",
                rule="RFC6749-4.1.3.redirect_uri",
            )
        return
    if without_fragment(sent) != code.redirect_uri:
        raise InvalidGrant(
            INVALID,
            rule="RFC6749-4.1.3.redirect_uri",
            because="redirect_uri differs from the authorization request's",
        )


def _birth(
    bundle: CodeBundle, subject: Subject, witness: Witness, drawn: Drawn
) -> tuple[NextRefresh | None, tuple[Write, ...]]:
    """A refresh family, where ``offline_access`` was granted."""
    if OFFLINE not in subject.scopes:
        return None, ()
    device = Device(ip=witness.ip, agent=witness.agent)
    seed = drawn.seed[:SEED_BYTES]
    return family.birth(
        _family(bundle.code, seed=seed, device=device, now=witness.at),
        client=subject.client,
        families=bundle.families,
        settings=subject.catalogue.settings,
        witness=witness,
    )


def _family(code: Code, *, seed: bytes, device: Device, now: int) -> Family:
    return Family(
        id=code.family_id,
        seed=seed,
        generation=1,
        rotated_at=now,
        client_id=code.client_id,
        user_id=code.user_id,
        sid=code.sid,
        audience=code.audience,
        scopes=code.scopes,
        authentication=code.details.authentication,
        device=device,
        created_at=now,
        idle_until=None,
        expires_at=None,
    )
