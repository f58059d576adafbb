"""All that is kept of a person, in one document, and no secret with it.

Every table with a person's rows has its part here; digests, seeds, hashes and sealed
values are left out, since they are ours to keep and of no use to anybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatelodge.base.moment import iso
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.factor import Factor
from gatelodge.model.grant import Consent, Family
from gatelodge.model.log import LogLine
from gatelodge.model.reads import Way
from gatelodge.model.session import Session
from gatelodge.model.user import Person, User

_TOLD = (
    "user_id",
    "email",
    "username",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "phone",
    "user_metadata",
    "app_metadata",
    "last_ip",
    "logins",
)
_MOMENTS = (
    "email_verified_at",
    "phone_verified_at",
    "blocked_at",
    "created_at",
    "updated_at",
    "last_login_at",
    "second_factor_at",
    "leaving_at",
)


def document(
    person: Person,
    ways: Sequence[Way],
    *,
    factors: Sequence[Factor],
    sessions: Sequence[Session],
    families: Sequence[Family],
    consents: Sequence[Consent],
    log: Sequence[LogLine],
    catalogue: Catalogue,
    now: int,
) -> dict[str, Any]:
    """The document; ``ways`` begin with the person's own account."""
    api_ids = {api.id: api.identifier for api in catalogue.apis.values()}
    return {
        "made_at": iso(now),
        "accounts": [_account(way, catalogue) for way in ways],
        "roles": list(catalogue.role_names(person)),
        "permissions": [
            {"api": api_ids.get(one.api_id, one.api_id), "permission": one.value}
            for one in person.permissions
        ],
        "factors": [_factor(one) for one in factors],
        "sessions": [_session(one) for one in sessions],
        "refresh_tokens": [_family(one, catalogue) for one in families],
        "consents": [_consent(one, catalogue) for one in consents],
        "log": [_line(one, catalogue) for one in log],
    }


def _account(way: Way, catalogue: Catalogue) -> dict[str, Any]:
    connection = catalogue.connection_by_id(way.user.connection_id)
    identity = way.identity
    return {
        **_user(way.user),
        "connection": connection.name if connection else None,
        "password_set_at": _moment(way.password_at),
        "elsewhere": None
        if identity is None
        else {
            "called": identity.external_id,
            "said": identity.profile,
            "since": iso(identity.created_at),
            "refreshed_at": iso(identity.refreshed_at),
        },
    }


def _user(user: User) -> dict[str, Any]:
    told = {name: getattr(user, name) for name in _TOLD}
    return told | {name: _moment(getattr(user, name)) for name in _MOMENTS}


def _factor(factor: Factor) -> dict[str, Any]:
    return {
        "kind": factor.kind,
        "name": factor.name,
        "added_at": iso(factor.created_at),
        "confirmed_at": _moment(factor.confirmed_at),
        "used_at": _moment(factor.used_at),
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "since": iso(session.created_at),
        "used_at": iso(session.touched_at),
        "ends_at": iso(session.ends_at),
        "ended_at": _moment(session.revoked_at),
        "ip": session.ip,
        "browser": session.agent,
        "proven_by": list(session.amr),
    }


def _family(family: Family, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "app": _app(family.client_id, catalogue),
        "audience": family.audience,
        "scopes": list(family.scopes),
        "since": iso(family.created_at),
        "used_at": _moment(family.used_at),
        "ended_at": _moment(family.revoked_at),
        "ip": family.device.ip,
        "device": family.device.agent,
    }


def _consent(consent: Consent, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "app": _app(consent.client_id, catalogue),
        "audience": consent.audience,
        "scopes": list(consent.scopes),
        "given_at": iso(consent.given_at),
    }


def _line(line: LogLine, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "at": iso(line.at),
        "type": line.type,
        "ip": line.ip,
        "browser": line.agent,
        "app": _app(line.client_id, catalogue) if line.client_id else None,
        "details": line.details,
    }


def _app(client_id: str, catalogue: Catalogue) -> str:
    client = catalogue.clients.get(client_id)
    return client.name if client else client_id


def _moment(at: int | None) -> str | None:
    return None if at is None else iso(at)
