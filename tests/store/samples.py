"""Rows with every column filled, so that a swapped pair of columns shows."""

from __future__ import annotations

from gatelodge.model.api import Api, ApiOptions, ApiScope
from gatelodge.model.client import (
    Android,
    Client,
    ClientGrant,
    ClientKey,
    ClientOptions,
    ClientSecret,
    Ios,
    RefreshPolicy,
)
from gatelodge.model.connection import Connection, ConnectionOptions
from gatelodge.model.factor import Factor
from gatelodge.model.grant import (
    Authentication,
    Code,
    CodeDetails,
    Consent,
    Device,
    Family,
    Ticket,
)
from gatelodge.model.key import Outgoing, SigningKey
from gatelodge.model.log import LogLine
from gatelodge.model.profile import Identity
from gatelodge.model.role import Permission, Role
from gatelodge.model.session import Session
from gatelodge.model.user import Password, User
from gatelodge.model.writes import Sweep

ADA = "auth0|ada"
BOB = "auth0|bob"
CLIENT = "client-1"
AUDIENCE = "https://timesheets.example/api"


def user(user_id: str = ADA, **changes: object) -> User:
    name = user_id.removeprefix("auth0|")
    values: dict[str, object] = {
        "user_id": user_id,
        "connection_id": "con_1",
        "email_key": f"{name}@example.com",
        "email": f"{name.title()}@example.com",
        "email_verified_at": 11,
        "username": name,
        "name": "Ada Ümlaut 👩‍💻",
        "given_name": "Ada",
        "family_name": "Ümlaut",
        "nickname": "a",
        "picture": "https://example.com/a.png",
        "phone": "+4930123",
        "phone_verified_at": 12,
        "user_metadata": {"colour": "green", "n": [1, 2.5, None, True]},
        "app_metadata": {"plan": {"seats": 3}},
        "blocked_at": 13,
        "created_at": 14,
        "updated_at": 15,
        "last_login_at": 16,
        "last_ip": "192.0.2.1",
        "logins": 17,
        "second_factor_at": 18,
        "leaving_at": 19,
    }
    return User(**{**values, **changes})


def password(user_id: str = ADA, phc: str = "$argon2id$1") -> Password:
    return Password(user_id=user_id, phc=phc, changed_at=21)


def session(digest: str = "digest-1", **changes: object) -> Session:
    values: dict[str, object] = {
        "digest": digest,
        "sid": f"sid of {digest}",
        "user_id": ADA,
        "auth_time": 31,
        "amr": ("pwd", "otp"),
        "created_at": 32,
        "touched_at": 33,
        "idle_until": 34,
        "ends_at": 35,
        "ip": "192.0.2.2",
        "agent": "browser",
    }
    return Session(**{**values, **changes})


def code(digest: str = "code-1", **changes: object) -> Code:
    values: dict[str, object] = {
        "digest": digest,
        "client_id": CLIENT,
        "user_id": ADA,
        "sid": "sid-1",
        "redirect_uri": "app:/callback",
        "scopes": ("openid", "read:timesheets"),
        "audience": AUDIENCE,
        "nonce": "n",
        "challenge": "ch",
        "family_id": "fam-1",
        "details": CodeDetails(
            authentication=Authentication(auth_time=41, amr=("pwd",), acr="a"),
            redirect_uri_sent=False,
            wants_auth_time=True,
            id_token_claims=("email",),
            userinfo_claims=("name",),
        ),
        "created_at": 42,
        "expires_at": 43,
    }
    return Code(**{**values, **changes})


def family(family_id: str = "fam-1", **changes: object) -> Family:
    values: dict[str, object] = {
        "id": family_id,
        "seed": bytes(range(256)),
        "generation": 1,
        "rotated_at": 51,
        "client_id": CLIENT,
        "user_id": ADA,
        "sid": "sid-1",
        "audience": AUDIENCE,
        "scopes": ("openid", "offline_access"),
        "authentication": Authentication(auth_time=52, amr=("pwd",), acr="b"),
        "device": Device(ip="192.0.2.3", agent="app"),
        "created_at": 53,
        "idle_until": 54,
        "expires_at": 55,
    }
    return Family(**{**values, **changes})


def consent(**changes: object) -> Consent:
    values: dict[str, object] = {
        "user_id": ADA,
        "client_id": CLIENT,
        "audience": AUDIENCE,
        "scopes": ("read:timesheets",),
        "given_at": 61,
    }
    return Consent(**{**values, **changes})


def ticket(digest: str = "ticket-1", **changes: object) -> Ticket:
    values: dict[str, object] = {
        "digest": digest,
        "purpose": "reset_password",
        "user_id": ADA,
        "payload": {"back": "https://example.com", "n": 1},
        "created_at": 71,
        "expires_at": 72,
    }
    return Ticket(**{**values, **changes})


def factor(factor_id: str = "totp|dev_1", **changes: object) -> Factor:
    values: dict[str, object] = {
        "id": factor_id,
        "user_id": ADA,
        "kind": "totp",
        "credential": f"credential of {factor_id}",
        "details": {"backed_up": True},
        "sealed": b"\x00\xff",
        "counter": 73,
        "name": "Telephone",
        "created_at": 74,
        "confirmed_at": 75,
        "used_at": 76,
    }
    return Factor(**{**values, **changes})


def line(number: int = 1, **changes: object) -> LogLine:
    values: dict[str, object] = {
        "id": f"{number:013d}ab",
        "type": "s",
        "at": 81,
        "client_id": CLIENT,
        "user_id": ADA,
        "connection_id": "con_1",
        "ip": "192.0.2.4",
        "agent": "browser",
        "details": {"rule": "RFC6749-6", "n": 1},
    }
    return LogLine(**{**values, **changes})


def mail(mail_id: str = "mail-1", **changes: object) -> Outgoing:
    values: dict[str, object] = {
        "id": mail_id,
        "recipient": "ada@example.com",
        "sealed": b"\x00\xff",
        "created_at": 91,
        "due_at": 92,
    }
    return Outgoing(**{**values, **changes})


def client(client_id: str = CLIENT, **changes: object) -> Client:
    values: dict[str, object] = {
        "client_id": client_id,
        "name": "Desk",
        "app_type": "native",
        "auth_method": "none",
        "redirect_uris": ("app:/callback",),
        "logout_urls": ("app:/bye",),
        "origins": ("https://example.com",),
        "grant_types": ("authorization_code",),
        "options": ClientOptions(
            refresh=RefreshPolicy(overlap=3),
            ios=Ios(team_id="T", bundle_id="b"),
            android=Android(package_name="p", fingerprints=("f",)),
            id_token_claims={"c": "{{ user.email }}"},
        ),
        "metadata": {"team": "one"},
        "created_at": 101,
    }
    return Client(**{**values, **changes})


SECRET = ClientSecret(
    client_id=CLIENT, secret_id="s1", digest="d", created_at=111, expires_at=112
)
CLIENT_KEY = ClientKey(
    client_id=CLIENT, kid="k1", jwk={"kty": "RSA"}, created_at=113, expires_at=114
)
API = Api(
    id="api-1",
    identifier=AUDIENCE,
    name="Timesheets",
    signing_alg="ES256",
    token_lifetime=60,
    scopes=(ApiScope(value="read:timesheets", description="Read"),),
    options=ApiOptions(enforce_policies=True, claims={"a": "b"}),
    created_at=121,
)
GRANT = ClientGrant(
    id="cgr_1",
    client_id=CLIENT,
    api_id="api-1",
    scopes=("read:timesheets",),
    allow_all_scopes=True,
    subject_type="user",
    created_at=122,
)
CONNECTION = Connection(
    id="con_1",
    name="People",
    strategy="auth0",
    options=ConnectionOptions(enabled_clients=(CLIENT,), disable_signup=True),
    position=2,
    created_at=123,
)
ROLE = Role(
    id="rol_1",
    name="approver",
    description="Approves",
    permissions=(Permission("api-1", "approve:timesheets"),),
    created_at=124,
)
SIGNING_KEY = SigningKey(
    kid="kid-1",
    alg="RS256",
    state="next",
    jwk={"kty": "RSA", "n": "1"},
    sealed=b"\x01\x00",
    created_at=125,
    changed_at=126,
)


def sweep(what: str, before: int, most: int = 9) -> Sweep:
    return Sweep(what=what, before=before, most=most)


def identity(**changes: object) -> Identity:
    values: dict[str, object] = {
        "connection_id": "con_2",
        "external_id": "583231",
        "user_id": ADA,
        "profile": {"login": "ada", "plan": {"seats": 3}},
        "sealed": b"\x00sealed",
        "created_at": 91,
        "refreshed_at": 92,
    }
    return Identity(**{**values, **changes})
