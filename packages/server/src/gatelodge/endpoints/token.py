"""``POST /oauth/token`` (RFC 6749 §3.2): one corridor, one row a grant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from gatelodge.base.change import Decision
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    ProtocolRefusal,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from gatelodge.base.exchange import Exchange, Json, Reply
from gatelodge.base.opaque import ACCESS_PREFIX, CODE_PREFIX, SEED_BYTES
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.base.text import echo
from gatelodge.endpoints import (
    acting,
    corridor,
    mfa_grants,
    native_social,
    passkey_grant,
    password_grant,
    passwordless_grant,
)
from gatelodge.endpoints.calling import Calling, client_of, params_of
from gatelodge.house import House
from gatelodge.login.passkey import FAILED
from gatelodge.model.client import (
    CLIENT_CREDENTIALS,
    CODE,
    MFA_OOB,
    MFA_OTP,
    MFA_RECOVERY,
    PASSWORD,
    PASSWORD_REALM,
    PASSWORDLESS,
    REFRESH,
    TOKEN_EXCHANGE,
    WEBAUTHN,
)
from gatelodge.model.reads import CodeBundle, FamilyBundle, FindCode, FindFamily
from gatelodge.model.writes import AppendLog
from gatelodge.oauth import client_credentials, code, refresh
from gatelodge.oauth.issuance import Issuance, SignedAccess
from gatelodge.oauth.log import FAILED_ACTIONS, Witness
from gatelodge.oauth.outcome import NO_RUN
from gatelodge.oauth.subject import UNKNOWN

OPAQUE_PURPOSE: Final = "opaque access token"
_JTI_BYTES: Final = 16
_LONGEST_TOKEN: Final = 512

Grant: TypeAlias = Callable[[House, Calling], Awaitable[Issuance]]


async def token(house: House, exchange: Exchange) -> Reply:
    """Exchange a grant for tokens.

    Raises:
        ProtocolRefusal: RFC 6749 §5.2; the failure is in the tenant log.
    """
    params = params_of(exchange)
    grant_type = params.get("grant_type")
    if grant_type is None:
        raise InvalidRequest(
            "Missing required parameter: grant_type", rule="RFC6749-4.1.3.grant_type"
        )
    if grant_type not in _GRANTS:
        raise UnsupportedGrantType(
            f"Unsupported grant type: {echo(grant_type, 80)}", rule="RFC6749-5.2.grant"
        )
    grant, failure = _GRANTS[grant_type]
    who = corridor.witness(house, exchange)
    client_id = None
    try:
        calling = await client_of(house, exchange, params, who)
        client_id, who = calling.client.client_id, calling.witness
        _check_allowed(calling, grant_type)
        issuance = await grant(house, calling)
    except ProtocolRefusal as refusal:
        if isinstance(refusal, InvalidClient):
            client_id = refusal.client_id
        refusal.writes += _failure(who, failure, refusal, client_id)
        raise
    return Json(body=_answer(house, calling, issuance))


def _check_allowed(calling: Calling, grant_type: str) -> None:
    client = calling.client
    # Native social sign-in is switched on by its own option (contract 2.1).
    social = grant_type == TOKEN_EXCHANGE and client.options.native_social
    if grant_type not in client.grant_types and not social:
        raise UnauthorizedClient(
            f"Grant type '{grant_type}' not allowed for the client.",
            rule="RFC6749-5.2.unauthorized_client",
        )


async def _code(house: House, calling: Calling) -> Issuance:
    shown = calling.params.get("code")
    if shown is None:
        raise InvalidRequest(
            "Missing required parameter: code", rule="RFC6749-4.1.3.code"
        )
    if not shown.startswith(CODE_PREFIX) or len(shown) > _LONGEST_TOKEN:
        raise InvalidGrant(code.INVALID, rule="RFC6749-4.1.3.code", because="not ours")
    drawn = code.Drawn(seed=house.entropy.draw(SEED_BYTES), jti=_jti(house))

    def decide(bundle: CodeBundle | None) -> Decision[Issuance]:
        return code.redeem(
            bundle,
            calling.params,
            client=calling.client,
            catalogue=calling.snapshot.catalogue,
            issuer=calling.exchange.issuer,
            witness=calling.witness,
            drawn=drawn,
        )

    question = FindCode(digest=digest_of(shown), now=calling.witness.at)
    return await corridor.walk(house, question, decide)


async def _refresh(house: House, calling: Calling) -> Issuance:
    token = calling.params.get("refresh_token")
    if token is None:
        raise InvalidRequest(
            "Missing required parameter: refresh_token", rule="RFC6749-6.refresh_token"
        )
    shown = house.refresh_tokens.read(token)
    if shown is None:
        raise InvalidGrant(UNKNOWN, rule="House-refresh-shield", because="never ours")
    jti = _jti(house)
    run = NO_RUN

    def decide(bundle: FamilyBundle | None) -> Decision[Issuance]:
        decision = refresh.exchange(
            bundle,
            shown,
            calling.params,
            client=calling.client,
            catalogue=calling.snapshot.catalogue,
            issuer=calling.exchange.issuer,
            tokens=house.refresh_tokens,
            witness=calling.witness,
            jti=jti,
            run=run,
        )
        person = bundle.person if bundle else None
        return acting.with_actions(decision, person, run, calling)

    question = FindFamily(family_id=shown.family_id)
    if acting.wanted(calling.snapshot, house, "post-login"):
        bundle = await house.store.read(question)
        scopes = decide(bundle).answer.scopes  # nobody is asked about a bad token
        run = await acting.at_refresh(house, calling, bundle, scopes)
    with acting.blamed(run, calling):
        return await corridor.walk(house, question, decide)


async def _client_credentials(house: House, calling: Calling) -> Issuance:
    if calling.client.public:
        raise UnauthorizedClient(
            "A public client cannot act for itself.", rule="RFC6749-4.4"
        )
    jti, run = _jti(house), NO_RUN

    def decide() -> Decision[Issuance]:
        return client_credentials.grant(
            calling.params,
            client=calling.client,
            catalogue=calling.snapshot.catalogue,
            issuer=calling.exchange.issuer,
            witness=calling.witness,
            jti=jti,
            run=run,
        )

    if acting.wanted(calling.snapshot, house, "credentials-exchange"):
        scopes = decide().answer.scopes  # nobody is asked about a bad request
        run = await acting.at_credentials(house, calling, scopes)
    with acting.blamed(run, calling):
        decision = acting.with_actions(decide(), None, run, calling)
    await house.store.commit(decision.writes)
    return decision.answer


_GRANTS: Final[Mapping[str, tuple[Grant, str]]] = {
    CODE: (_code, "feacft"),
    REFRESH: (_refresh, "fertft"),
    CLIENT_CREDENTIALS: (_client_credentials, "feccft"),
    PASSWORD: (password_grant.by_password, "fepft"),
    PASSWORD_REALM: (password_grant.by_realm, "fepft"),
    PASSWORDLESS: (passwordless_grant.by_code, "fepotpft"),
    TOKEN_EXCHANGE: (native_social.by_token, "fens"),
    MFA_OTP: (mfa_grants.by_otp, "feotpft"),
    MFA_OOB: (mfa_grants.by_oob, "feoobft"),
    MFA_RECOVERY: (mfa_grants.by_recovery, "fercft"),
    WEBAUTHN: (passkey_grant.redeem, FAILED),
}


def _jti(house: House) -> str:
    return b64url(house.entropy.draw(_JTI_BYTES))


def _failure(
    who: Witness, kind: str, refusal: ProtocolRefusal, client_id: str | None
) -> tuple[AppendLog, ...]:
    """Operators read the precise reason; the client has the contract's one text.

    A client that could not prove itself is told of too, even an unknown one: a wrong
    name is what an operator looks for first. To bound what strangers can have written
    is a throttle's work. A refusal that brings a line of its own, such as ``ferrt``,
    has said it all.
    """
    lines = [write for write in refusal.writes if isinstance(write, AppendLog)]
    if any(one.line.type != FAILED_ACTIONS for one in lines):
        return ()
    line = who.line(
        kind,
        client_id=client_id,
        nth=2,
        description=refusal.says,
        because=refusal.because,
        rule=refusal.rule,
        error=refusal.code,
        **refusal.details,
    )
    return (line,)


def _answer(house: House, calling: Calling, issuance: Issuance) -> dict[str, Any]:
    """Sign what was decided, now that it is written (RFC 6749 §5.1)."""
    keyring = calling.snapshot.keyring
    body: dict[str, Any] = {
        "access_token": _access_token(house, calling, issuance),
        "token_type": "Bearer",
        "expires_in": issuance.expires_in,
        "scope": " ".join(issuance.scopes),
        **issuance.more,
    }
    if issuance.id_claims is not None:
        body["id_token"] = keyring.signer(issuance.id_alg).token(issuance.id_claims)
    if issuance.refresh is not None:
        body["refresh_token"] = house.refresh_tokens.mint(
            issuance.refresh.family_id,
            seed=issuance.refresh.seed,
            generation=issuance.refresh.generation,
        )
    return body


def _access_token(house: House, calling: Calling, issuance: Issuance) -> str:
    access = issuance.access
    if isinstance(access, SignedAccess):
        signer = calling.snapshot.keyring.signer(access.alg)
        return signer.token(access.claims, typ=access.typ)
    sealed = house.sealer.seal_text(
        msgspec.json.encode(access),
        purpose=OPAQUE_PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    return ACCESS_PREFIX + sealed
