"""Somebody with an account here, one at their organisation, and several factors."""

from __future__ import annotations

import base64

import msgspec

from gatelodge.base.seal import Sealer
from gatelodge.model.connection import (
    DEFAULT_CONNECTION,
    Connection,
    ConnectionOptions,
)
from gatelodge.model.factor import TOTP_SEED, Factor
from gatelodge.model.profile import Identity
from gatelodge.model.reads import LoadCatalogue
from gatelodge.model.saml import Saml
from gatelodge.model.user import User
from gatelodge.model.writes import (
    InsertFactor,
    InsertIdentity,
    InsertUser,
    PutConnection,
)

from .conftest import Office

ACME = Connection(
    id="con_acme",
    name="acme",
    strategy="samlp",
    options=ConnectionOptions(
        saml=Saml(
            entity_id="https://idp.example",
            sign_in_url="https://idp.example/sso",
            metadata_url="https://idp.example/metadata",
        ),
        link_by_verified_email=True,
    ),
    position=9,
)
ZOE = User(
    user_id="auth0|zoe",
    connection_id="",
    email_key="zoe@example.com",
    email="zoe@example.com",
    email_verified_at=1,
    second_factor_at=20,
    created_at=1,
    updated_at=1,
)
PART = msgspec.structs.replace(
    ZOE,
    user_id="samlp|acme|staff 7",
    connection_id=ACME.id,
    second_factor_at=None,
    linked_to=ZOE.user_id,
)
IDENTITY = Identity(
    connection_id=ACME.id,
    external_id="staff 7",
    user_id=PART.user_id,
    profile={"attributes": {"title": ["Professor"]}},
)


def settle(office: Office) -> None:
    """Write it all."""
    (own,) = [
        row
        for row in office.ask(LoadCatalogue()).connections
        if row.name == DEFAULT_CONNECTION
    ]
    zoe = msgspec.structs.replace(ZOE, connection_id=own.id)
    office.write(
        PutConnection(connection=ACME),
        *(InsertUser(user=one) for one in (zoe, PART)),
        InsertIdentity(identity=IDENTITY),
        *(InsertFactor(factor=one) for one in _factors(office)),
    )


def _factors(office: Office) -> tuple[Factor, ...]:
    key = base64.urlsafe_b64decode((office.folder / "master.key").read_text() + "==")
    seed = Sealer((key,)).seal(bytes(20), purpose=TOTP_SEED, nonce=bytes(12))
    app = Factor(
        id="totp|dev_z",
        user_id=ZOE.user_id,
        kind="totp",
        sealed=seed,
        counter=9,
        created_at=10,
        confirmed_at=20,
        used_at=30,
    )
    recovery = Factor(
        id="recovery-code|dev_z",
        user_id=ZOE.user_id,
        kind="recovery",
        details={"digest": "d"},
        created_at=10,
        confirmed_at=20,
    )
    passkey = Factor(
        id="passkey|dev_z",
        user_id=ZOE.user_id,
        kind="passkey",
        credential="c",
        details={"key": "k"},
        name="Zoe's phone",
        created_at=15,
        confirmed_at=15,
    )
    return app, recovery, passkey
