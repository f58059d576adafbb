"""SAML connections: Auth0's words and ours (contract 1.9)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import UnsetType

from gatelodge.connections.saml import certificates, metadata, names
from gatelodge.connections.saml.certificates import BadCertificate
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.model.connection import ConnectionOptions
from gatelodge.model.saml import IdpInitiated, RequestBinding, Saml
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.rules import Reasons
from gatelodge.tenantfile.shapes import UpstreamShape, given

_BINDINGS: Final[dict[str, RequestBinding]] = {
    names.REDIRECT: "HTTP-Redirect",
    names.POST: "HTTP-POST",
    "HTTP-Redirect": "HTTP-Redirect",
    "HTTP-POST": "HTTP-POST",
}
_ADDRESSES: Final = ("sign_in_url", "sign_out_url", "metadata_url")
_SPELLED: Final = {
    "sign_in_url": "signInEndpoint",
    "sign_out_url": "signOutEndpoint",
    "metadata_url": "metadataUrl",
}


def merged(
    said: UpstreamShape, current: Saml | None, *, draft: Draft, path: Path, once: bool
) -> Saml:
    """The provider as the file wants it; what it does not say stays."""
    base = current or Saml(entity_id="", sign_in_url="")
    base = msgspec.structs.replace(
        base,
        request_binding=binding_of(
            said.protocol_binding,
            base.request_binding,
            (*path, "options", "protocolBinding"),
            draft.remarks,
        ),
        entity_id=given(said.issuer, base.entity_id) or "",
        metadata_url=given(said.metadata_url, base.metadata_url),
        once=once,
    )
    base = _described(said, base, draft, path)
    saml = msgspec.structs.replace(
        base,
        sign_in_url=given(said.sign_in_endpoint, base.sign_in_url),
        sign_out_url=given(said.sign_out_endpoint, base.sign_out_url),
        certificates=_certificates(said, base, draft, path),
        sign_request=given(said.sign_saml_request, base.sign_request),
        name_id_format=given(said.name_id_format, base.name_id_format),
        own_entity_id=given(said.entity_id, base.own_entity_id),
        fields=_fields(said, base),
        idp_initiated=_initiated(said, base, draft, path),
    )
    draft.refuse_all((*path, "options"), _problems(saml))
    return saml


def to_file(options: ConnectionOptions, saml: Saml) -> dict[str, Any]:
    """The options in the file's words."""
    initiated = saml.idp_initiated
    binding = names.POST if saml.request_binding == "HTTP-POST" else names.REDIRECT
    return {
        "issuer": saml.entity_id,
        "entityId": saml.own_entity_id,
        "signInEndpoint": saml.sign_in_url,
        "signOutEndpoint": saml.sign_out_url,
        "signingCert": list(saml.certificates),
        "signSAMLRequest": saml.sign_request,
        "protocolBinding": binding,
        "nameIDFormat": saml.name_id_format,
        "fieldsMap": {name: list(found) for name, found in saml.fields.items()},
        "metadataUrl": saml.metadata_url,
        "idpinitiated": {
            "enabled": True,
            "client_id": initiated.client_id,
            "client_authorizequery": initiated.query,
        }
        if initiated
        else None,
        "domain_aliases": list(options.domains),
        "set_user_root_attributes": ("on_each_login", "on_first_login")[saml.once],
        "disable_signup": options.disable_signup,
        "link_by_verified_email": options.link_by_verified_email,
    }


def _described(said: UpstreamShape, base: Saml, draft: Draft, path: Path) -> Saml:
    """As the file's metadata says; what was read from the address since is newer."""
    text = given(said.metadata_xml, None)
    if text is None or (base.metadata_url and base.certificates):
        return base
    try:
        found = metadata.read(text.encode(), entity_id=base.entity_id or None)
        named = msgspec.structs.replace(
            base, entity_id=base.entity_id or found.entity_id
        )
        return metadata.adopted(named, found)
    except SamlRefusal as error:
        where = (*path, "options", "metadataXml")
        draft.remarks.refuse(where, error.because)
        return base


def binding_of(
    said: str | UnsetType, base: RequestBinding, where: Path, remarks: Remarks
) -> RequestBinding:
    """How messages travel; ``base`` where the file does not say it, or wrongly."""
    if isinstance(said, UnsetType):
        return base
    found = _BINDINGS.get(said)
    if found is None:
        remarks.refuse(where, f"{said!r} is not one of {', '.join(_BINDINGS)}")
    return found or base


def _certificates(
    said: UpstreamShape, base: Saml, draft: Draft, path: Path
) -> tuple[str, ...]:
    if isinstance(said.signing_cert, UnsetType):
        return base.certificates
    one = isinstance(said.signing_cert, str)
    listed = [said.signing_cert] if one else said.signing_cert
    found = []
    for text in listed:
        try:
            found.append(certificates.normal(str(text)))
        except BadCertificate as error:
            where = (*path, "options", "signingCert")
            draft.remarks.refuse(where, str(error))
    return tuple(dict.fromkeys(found))


def _fields(said: UpstreamShape, base: Saml) -> dict[str, tuple[str, ...]]:
    """``fieldsMap``, with ``user_id_attribute`` as its ``user_id``."""
    found = base.fields
    if not isinstance(said.fields_map, UnsetType):
        found = {
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in (said.fields_map or {}).items()
        }
    attribute = given(said.user_id_attribute, None)
    return {**found, "user_id": (attribute,)} if attribute else found


def _initiated(
    said: UpstreamShape, base: Saml, draft: Draft, path: Path
) -> IdpInitiated | None:
    if isinstance(said.idpinitiated, UnsetType):
        return base.idp_initiated
    asked = said.idpinitiated
    if asked is None or not asked.enabled:
        return None
    where = (*path, "options", "idpinitiated")
    if isinstance(asked.client_id, UnsetType):
        draft.remarks.refuse(where, "missing: client_id, the app that people come to")
        return None
    client_id = draft.client_id(asked.client_id, (*where, "client_id"))
    query = given(asked.client_authorizequery, "")
    return IdpInitiated(client_id=client_id or "", query=query)


def _problems(saml: Saml) -> Reasons:
    """What would make every sign-in through it fail."""
    for name in _ADDRESSES:
        value = getattr(saml, name)
        if value and not _is_address(value):
            yield _SPELLED[name], f"{value!r} is no http(s) address"
    if not saml.metadata_url:  # else they come from there
        yield from _missing(saml)
    for field, found in saml.fields.items():
        if not field or not all(found):
            yield "fieldsMap", f"{field}: an attribute without a name"


def _missing(saml: Saml) -> Reasons:
    if not saml.entity_id:
        yield "issuer", "missing: the entity id of the identity provider"
    if not saml.sign_in_url:
        yield "signInEndpoint", "missing: where the provider takes requests"
    if not saml.certificates:
        yield "signingCert", "missing: whose signatures are believed"


def _is_address(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("https", "http") and bool(parts.hostname)
