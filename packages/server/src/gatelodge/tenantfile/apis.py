"""Auth0's resource server and our API (contract 1.5)."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec
from msgspec import UnsetType

from gatelodge.model.api import (
    Api,
    ApiOptions,
    ApiScope,
    ClientPolicy,
    Dialect,
    UserPolicy,
)
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.shapes import ApiShape, given

_DIALECTS: Final[tuple[str, ...]] = get_args(Dialect)
_USER: Final[tuple[str, ...]] = get_args(UserPolicy)
_CLIENT: Final[tuple[str, ...]] = get_args(ClientPolicy)


def merge(
    shape: ApiShape,
    current: Api | None,
    *,
    fresh_id: str,
    now: int,
    path: Path,
    remarks: Remarks,
) -> Api:
    """The API as the file wants it."""
    base = current or Api(
        id=fresh_id, identifier=shape.identifier, name=shape.identifier, created_at=now
    )
    return msgspec.structs.replace(
        base,
        name=given(shape.name, base.name),
        signing_alg=given(shape.signing_alg, base.signing_alg),
        token_lifetime=given(shape.token_lifetime, base.token_lifetime),
        scopes=_scopes(shape, base),
        options=_options(shape, base.options, path, remarks),
    )


def to_file(api: Api) -> dict[str, Any]:
    """The API in the file's words, every field said."""
    options = api.options
    return {
        "name": api.name,
        "identifier": api.identifier,
        "signing_alg": api.signing_alg,
        "token_lifetime": api.token_lifetime,
        "token_dialect": options.dialect,
        "allow_offline_access": options.allow_offline_access,
        "skip_consent_for_verifiable_first_party_clients": options.skip_consent,
        "enforce_policies": options.enforce_policies,
        "subject_type_authorization": {
            "user": {"policy": options.user_policy},
            "client": {"policy": options.client_policy},
        },
        "scopes": [
            {"value": scope.value, "description": scope.description}
            for scope in api.scopes
        ],
        "claims": dict(options.claims),
    }


def _scopes(shape: ApiShape, base: Api) -> tuple[ApiScope, ...]:
    if isinstance(shape.scopes, UnsetType):
        return base.scopes
    return tuple(
        ApiScope(value=scope.value, description=scope.description or "")
        for scope in shape.scopes
    )


def _options(
    shape: ApiShape, base: ApiOptions, path: Path, remarks: Remarks
) -> ApiOptions:
    options: dict[str, Any] = {
        "allow_offline_access": given(
            shape.allow_offline_access, base.allow_offline_access
        ),
        "skip_consent": given(
            shape.skip_consent_for_verifiable_first_party_clients, base.skip_consent
        ),
        "enforce_policies": given(shape.enforce_policies, base.enforce_policies),
        "dialect": given(shape.token_dialect, base.dialect),
        "user_policy": base.user_policy,
        "client_policy": base.client_policy,
        "claims": given(shape.claims, base.claims),
    }
    subjects = shape.subject_type_authorization
    if not isinstance(subjects, UnsetType):
        if not isinstance(subjects.user, UnsetType):
            options["user_policy"] = subjects.user.policy
        if not isinstance(subjects.client, UnsetType):
            options["client_policy"] = subjects.client.policy
    for field, ours, choices in (
        ("token_dialect", "dialect", _DIALECTS),
        ("subject_type_authorization", "user_policy", _USER),
        ("subject_type_authorization", "client_policy", _CLIENT),
    ):
        if options[ours] not in choices:
            text = f"{options[ours]!r} is not one of {', '.join(choices)}"
            remarks.refuse((*path, field), text)
    return ApiOptions(**options)
