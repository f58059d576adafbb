"""What native apps bring, and the connections they bring it to."""

from __future__ import annotations

import time
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.model.connection import (
    UPSTREAM_SECRET,
    Connection,
    ConnectionOptions,
    Upstream,
)
from gatelodge.model.reads import FindIdentity, TailLog
from gatelodge.model.writes import PutConnection

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPES = "http://auth0.com/oauth/token-type/"
GOOGLE, APPLE = f"{TYPES}google-id-token", f"{TYPES}apple-id-token"
CODE, FACEBOOK = (
    f"{TYPES}apple-authz-code",
    f"{TYPES}facebook-info-session-access-token",
)
APP = "com.example.app"
ALL = ("apple", "facebook", "google")


def ec_key() -> str:
    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


async def joined(
    gate, provider, name: str, strategy: str, *, key: str = "x", **changes: Any
) -> None:
    options = {
        n: changes.pop(n)
        for n in tuple(changes)
        if n in ConnectionOptions.__struct_fields__
    }
    sealed = gate.house.sealer.seal_text(
        key.encode(), purpose=UPSTREAM_SECRET, nonce=bytes(12)
    )
    upstream = Upstream(
        **{
            "client_id": "our-web-id",
            "issuer": provider.issuer,
            "sealed_secret": sealed,
            "native_ids": (APP,),
            **changes,
        }
    )
    made = Connection(
        id=f"con_{name}",
        name=name,
        strategy=strategy,
        options=ConnectionOptions(upstream=upstream, **options),
    )
    await gate.write(PutConnection(connection=made))


def token(provider, **claims: Any) -> str:
    now = int(time.time())
    whole = {
        "iss": provider.issuer,
        "sub": "g-1",
        "aud": APP,
        "iat": now,
        "exp": now + 3600,
        "email": "ada@example.com",
        "email_verified": True,
        **claims,
    }
    return provider.sign({k: v for k, v in whole.items() if v is not None})


async def bring(phone, subject: str, kind: str = GOOGLE, **more: str):
    fields = {"subject_token": subject, "subject_token_type": kind, **more}
    return await phone.post("/oauth/token", grant_type=GRANT, **fields)


async def known(gate, external: str = "g-1", connection: str = "con_google-oauth2"):
    found = await gate.house.store.read(
        FindIdentity(connection_id=connection, external_id=external)
    )
    return found.person.user if found else None


async def why(gate) -> str:
    (line, *_) = await gate.house.store.read(TailLog(type="fens"))
    return line.details["because"]
