"""What ID tokens and access tokens say.

ID tokens: OpenID Connect Core §2. Access tokens: RFC 9068 or Auth0's older form, as
the API's dialect says (contract 1.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gatelodge.model.api import Api
from gatelodge.model.builtin import is_built_in
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.grant import Authentication, CustomClaims
from gatelodge.model.user import Person
from gatelodge.oauth import claim_template, claims
from gatelodge.oauth.outcome import settled
from gatelodge.oauth.scope import OPENID

_NO_CLAIMS: Final = CustomClaims()
USERINFO_LIFETIME: Final = 86_400


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one issuance that claims are made from.

    Attributes:
        gty: Auth0's name of the grant, where its dialect shows one.
        scopes: granted at this moment.
        now: milliseconds.
        custom: claims that actions have set.
    """

    issuer: str
    client: Client
    catalogue: Catalogue
    person: Person
    api: Api | None
    scopes: tuple[str, ...]
    sid: str
    authentication: Authentication
    now: int
    jti: str
    gty: str | None = None
    nonce: str | None = None
    wants_auth_time: bool = False
    id_token_claims: tuple[str, ...] = ()
    custom: CustomClaims = CustomClaims()


def template_context(subject: Subject) -> dict[str, Any]:
    """What a claim template can name (docs: claim templates)."""
    user = subject.person.user
    catalogue = subject.catalogue
    may = (
        sorted(catalogue.permissions(subject.person, subject.api.id))
        if subject.api
        else []
    )
    return {
        "user": {
            **claims.profile(user, numeric_updated_at=False),
            "user_id": user.user_id,
            "username": user.username,
            "roles": list(catalogue.role_names(subject.person)),
            "permissions": may,
            "user_metadata": user.user_metadata,
            "app_metadata": user.app_metadata,
        },
        "client": {
            "client_id": subject.client.client_id,
            "name": subject.client.name,
            "metadata": subject.client.metadata,
        },
    }


def id_token(subject: Subject) -> dict[str, Any]:
    """Claims of an ID token; its audience is the client alone (Core §2)."""
    options = subject.client.options
    issued = subject.now // 1000
    custom = options.id_token_claims
    body: dict[str, Any] = {
        **claims.released(
            subject.person.user,
            scopes=subject.scopes,
            asked=subject.id_token_claims,
            numeric_updated_at=subject.catalogue.settings.numeric_updated_at,
        ),
        **_custom(custom, subject),
        **settled(subject.custom.id_token, subject.scopes),
        "iss": subject.issuer,
        "sub": subject.person.user.user_id,
        "aud": subject.client.client_id,
        "iat": issued,
        "exp": issued + options.id_token_lifetime,
    }
    if subject.sid:  # none where no browser was signed in
        body["sid"] = subject.sid
    if subject.nonce is not None:
        body["nonce"] = subject.nonce
    if subject.wants_auth_time:
        body["auth_time"] = subject.authentication.auth_time // 1000
    return body | _authentication(subject.authentication, subject.id_token_claims)


def access_token(subject: Subject, api: Api) -> dict[str, Any]:
    """Claims of an access token for ``api`` on behalf of a person."""
    custom = {**subject.client.options.access_token_claims, **api.options.claims}
    with_userinfo = OPENID in subject.scopes
    issued = subject.now // 1000
    body: dict[str, Any] = {
        **_custom(custom, subject),
        **settled(subject.custom.access_token, subject.scopes),
        "iss": subject.issuer,
        "sub": subject.person.user.user_id,
        "aud": _audience(api, subject.issuer, with_userinfo=with_userinfo),
        "iat": issued,
        "exp": issued + api.token_lifetime,
        "scope": " ".join(subject.scopes),
        **_client(api, subject.client, subject.jti, subject.gty),
    }
    if is_built_in(api):  # what is sensitive there asks when and how (RFC 9068 §2.2.1)
        body["auth_time"] = subject.authentication.auth_time // 1000
        if subject.authentication.acr:
            body["acr"] = subject.authentication.acr
    if api.shows_permissions:
        may = subject.catalogue.permissions(subject.person, api.id)
        body["permissions"] = sorted(may)
    return body


def machine_token(
    client: Client,
    api: Api,
    *,
    issuer: str,
    scopes: tuple[str, ...],
    jti: str,
    now: int,
    custom: CustomClaims = _NO_CLAIMS,
) -> dict[str, Any]:
    """Claims of an access token a client gets for itself (RFC 6749 §4.4)."""
    issued = now // 1000
    context = {
        "client": {
            "client_id": client.client_id,
            "name": client.name,
            "metadata": client.metadata,
        }
    }
    templates = {**client.options.access_token_claims, **api.options.claims}
    filled = claim_template.fill(templates, context, scopes=scopes)
    body: dict[str, Any] = {
        **filled,
        **settled(custom.access_token, scopes),
        "iss": issuer,
        "sub": f"{client.client_id}@clients",
        "aud": api.identifier,
        "iat": issued,
        "exp": issued + api.token_lifetime,
        "scope": " ".join(scopes),
        **_client(api, client, jti, "client-credentials"),
    }
    if api.shows_permissions:
        body["permissions"] = sorted(scopes)
    return body


def token_type(api: Api) -> str:
    """The ``typ`` of an access token's header (RFC 9068 §2.1)."""
    return "at+jwt" if api.rfc9068 else "JWT"


def userinfo_audience(issuer: str) -> str:
    """The audience that opens ``/userinfo``."""
    return f"{issuer}userinfo"


def _custom(templates: Mapping[str, str], subject: Subject) -> dict[str, Any]:
    if not templates:
        return {}
    context = template_context(subject)
    return claim_template.fill(templates, context, scopes=subject.scopes)


def _audience(api: Api, issuer: str, *, with_userinfo: bool) -> str | list[str]:
    if not with_userinfo:
        return api.identifier
    return [api.identifier, userinfo_audience(issuer)]


def _client(api: Api, client: Client, jti: str, gty: str | None) -> dict[str, Any]:
    if api.rfc9068:
        return {"client_id": client.client_id, "jti": jti}
    return {"azp": client.client_id, **({"gty": gty} if gty else {})}


def _authentication(
    authentication: Authentication, asked: tuple[str, ...]
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if "mfa" in authentication.amr or "amr" in asked:
        body["amr"] = list(authentication.amr)
    if authentication.acr:
        body["acr"] = authentication.acr
    return body
