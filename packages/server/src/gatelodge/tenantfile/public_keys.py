"""A client's public keys for ``private_key_jwt`` (RFC 7523 §2.2), from JWK or PEM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from msgspec import UnsetType

from gatelodge.model.client import Client, ClientKey
from gatelodge.tenantfile.credential_shapes import Credential
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.shapes import ClientShape, given

_LEAST_RSA_BITS: Final = 2048
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS: Final = frozenset({"kty", "n", "e", "crv", "x", "y", "alg", "use", "kid"})
_ALGORITHMS: Final = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}


def merge(
    shape: ClientShape,
    client: Client,
    have: tuple[ClientKey, ...],
    *,
    now: int,
    path: Path,
    remarks: Remarks,
) -> tuple[ClientKey, ...]:
    """The keys the file wants; those in place stay as they are."""
    if client.auth_method != "private_key_jwt":
        return ()
    wanted = tuple(_jwks(shape, path, remarks))
    if not wanted:
        if not have:
            text = "private_key_jwt needs a public key: add jwks: {keys: [...]}"
            remarks.refuse(path, text)
        return have
    known = {row.kid: row for row in have}
    return tuple(
        known[jwk["kid"]]
        if jwk["kid"] in known and known[jwk["kid"]].jwk == jwk
        else ClientKey(
            client_id=client.client_id, kid=jwk["kid"], jwk=jwk, created_at=now
        )
        for jwk in wanted
    )


def to_file(rows: Sequence[ClientKey]) -> dict[str, Any]:
    """``jwks``, in order of ``kid``."""
    return {"keys": [row.jwk for row in sorted(rows, key=lambda row: row.kid)]}


def _jwks(shape: ClientShape, path: Path, remarks: Remarks) -> Iterator[dict[str, str]]:
    if not isinstance(shape.jwks, UnsetType):
        for at, jwk in enumerate(shape.jwks.keys):
            place = (*path, "jwks", "keys", at)
            if _PRIVATE & jwk.keys():
                remarks.refuse(place, "this is a private key: keep it, send the public")
                continue
            yield from _checked(jwk, place, remarks)
    methods = given(shape.client_authentication_methods, None)
    if methods is None or isinstance(methods.private_key_jwt, UnsetType):
        return
    for at, credential in enumerate(methods.private_key_jwt.credentials):
        place = (*path, "client_authentication_methods", "private_key_jwt")
        yield from _from_pem(credential, (*place, "credentials", at), remarks)


def _from_pem(
    credential: Credential, path: Path, remarks: Remarks
) -> Iterator[dict[str, str]]:
    if isinstance(credential.pem, UnsetType):
        remarks.warn(path, "left out: only a reference to a key, add its pem")
        return
    try:
        public = serialization.load_pem_public_key(credential.pem.encode())
        raw = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    except ValueError:
        remarks.refuse((*path, "pem"), "not a public key in PEM (BEGIN PUBLIC KEY)")
        return
    key = _KEY_OF.get(type(public).__name__.lstrip("_"), RSAKey).import_key(raw)
    jwk = dict(key.as_dict(private=False))
    named = {"kid": given(credential.kid, ""), "alg": given(credential.alg, "")}
    yield from _checked(
        {**jwk, **{name: text for name, text in named.items() if text}}, path, remarks
    )


_KEY_OF: Final[dict[str, Any]] = {
    "RSAPublicKey": RSAKey,
    "ECPublicKey": ECKey,
    "Ed25519PublicKey": OKPKey,
}


def _checked(
    jwk: dict[str, Any], path: Path, remarks: Remarks
) -> Iterator[dict[str, str]]:
    try:
        key = import_key(jwk)
    except (JoseError, ValueError, KeyError, TypeError):
        remarks.refuse(path, "not a public JWK of kty RSA, EC (P-256) or OKP (Ed25519)")
        return
    kty = str(jwk.get("kty"))
    if kty not in _ALGORITHMS or jwk.get("crv", "P-256") not in {"P-256", "Ed25519"}:
        remarks.refuse(path, "a key is RSA, EC on P-256, or OKP on Ed25519")
        return
    if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
        remarks.refuse(path, f"an RSA key has at least {_LEAST_RSA_BITS} bits")
        return
    kept = {name: str(text) for name, text in jwk.items() if name in _MEMBERS}
    yield {
        **kept,
        "alg": kept.get("alg", _ALGORITHMS[kty]),
        "use": "sig",
        "kid": kept.get("kid") or key.thumbprint(),
    }
