"""What stands in the file for SAML, in Auth0's words where it has them."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from gatelodge.model.saml import Encryption


class IdpInitiatedShape(msgspec.Struct, frozen=True, kw_only=True):
    """``idpinitiated``: answers to no request lead to one app."""

    enabled: bool = False
    client_id: str | UnsetType = UNSET
    client_protocol: str | UnsetType = UNSET
    client_authorizequery: str | UnsetType = UNSET


class SamlShape(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "entity_id": "entityId",
        "sign_in_endpoint": "signInEndpoint",
        "sign_out_endpoint": "signOutEndpoint",
        "signing_cert": "signingCert",
        "sign_saml_request": "signSAMLRequest",
        "protocol_binding": "protocolBinding",
        "fields_map": "fieldsMap",
        "metadata_url": "metadataUrl",
        "metadata_xml": "metadataXml",
        "name_id_format": "nameIDFormat",
    },
):
    """``options`` of a SAML connection; ``issuer`` stands with the other kinds.

    ``nameIDFormat`` is ours.
    """

    domain_aliases: list[str] | UnsetType | None = UNSET
    entity_id: str | UnsetType | None = UNSET
    sign_in_endpoint: str | UnsetType = UNSET
    sign_out_endpoint: str | UnsetType | None = UNSET
    signing_cert: str | list[str] | UnsetType = UNSET
    sign_saml_request: bool | UnsetType = UNSET
    protocol_binding: str | UnsetType = UNSET
    name_id_format: str | UnsetType | None = UNSET
    user_id_attribute: str | UnsetType | None = UNSET
    fields_map: dict[str, str | list[str]] | UnsetType | None = UNSET
    metadata_url: str | UnsetType | None = UNSET
    metadata_xml: str | UnsetType | None = UNSET
    idpinitiated: IdpInitiatedShape | UnsetType | None = UNSET


class AppLogoutShape(msgspec.Struct, frozen=True, kw_only=True):
    """``addons.samlp.logout``."""

    callback: str | UnsetType | None = UNSET
    slo_enabled: bool | UnsetType = UNSET


class SamlAppShape(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "lifetime": "lifetimeInSeconds",
        "sign_response": "signResponse",
        "name_id_format": "nameIdentifierFormat",
        "name_id_probes": "nameIdentifierProbes",
        "passthrough": "passthroughClaimsWithNoMapping",
        "upn": "createUpnClaim",
        "signing_cert": "signingCert",
        "encryption_cert": "encryptionCert",
        "encryption_algorithm": "encryptionAlgorithm",
        "signature_algorithm": "signatureAlgorithm",
        "digest_algorithm": "digestAlgorithm",
    },
):
    """``addons.samlp``: the app signs people in by SAML.

    ``encryptionCert`` is called as Auth0's actions call it, ``encryptionAlgorithm`` is
    ours.
    """

    audience: str
    lifetime: int | UnsetType = UNSET
    sign_response: bool | UnsetType = UNSET
    signature_algorithm: str | UnsetType = UNSET
    digest_algorithm: str | UnsetType = UNSET
    name_id_format: str | UnsetType = UNSET
    name_id_probes: list[str] | UnsetType = UNSET
    mappings: dict[str, str | list[str]] | UnsetType = UNSET
    passthrough: bool | UnsetType = UNSET
    upn: bool | UnsetType = UNSET
    signing_cert: str | UnsetType | None = UNSET
    encryption_cert: str | UnsetType | None = UNSET
    encryption_algorithm: Encryption | UnsetType = UNSET
    binding: str | UnsetType = UNSET
    logout: AppLogoutShape | UnsetType | None = UNSET


class Addons(msgspec.Struct, frozen=True, kw_only=True):
    """``addons`` of a client; SAML is the one that means something here."""

    samlp: SamlAppShape | UnsetType | None = UNSET
