"""``addons.samlp`` of a client: Auth0's words and ours (contract 3.10)."""

from __future__ import annotations

from typing import Any, Final

from gatelodge.connections.saml import certificates, encryption, names
from gatelodge.connections.saml.certificates import BadCertificate
from gatelodge.model.saml import SamlApp
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.saml import binding_of
from gatelodge.tenantfile.saml_shapes import AppLogoutShape, SamlAppShape
from gatelodge.tenantfile.shapes import ClientShape, given

_STRONG: Final = {"signature_algorithm": "rsa-sha256", "digest_algorithm": "sha256"}
_WRITTEN: Final = {
    "signature_algorithm": "signatureAlgorithm",
    "digest_algorithm": "digestAlgorithm",
}


def merged(
    shape: ClientShape, current: SamlApp | None, *, path: Path, remarks: Remarks
) -> SamlApp | None:
    """The client's SAML side; what the file does not say stays, null ends it."""
    addons = given(shape.addons, None)
    untold = shape.addons is not None and addons is None
    said = given(addons.samlp, current) if addons else None
    if untold or isinstance(said, SamlApp):
        return current
    if said is None:
        return None
    where = (*path, "addons", "samlp")
    _check(said, where, remarks)
    base = current or SamlApp(audience=said.audience)
    return SamlApp(
        audience=said.audience,
        lifetime=given(said.lifetime, base.lifetime),
        sign_response=given(said.sign_response, base.sign_response),
        name_id_format=given(said.name_id_format, base.name_id_format),
        name_id=tuple(given(said.name_id_probes, [*base.name_id])),
        mappings=_mappings(said, base),
        passthrough=given(said.passthrough, base.passthrough),
        upn=given(said.upn, base.upn),
        certificate=_certificate(said, base, where, remarks),
        encrypt_for=_encrypt_for(said, base, where, remarks),
        encryption=given(said.encryption_algorithm, base.encryption),
        logout_url=_logout(said, base),
        logout_binding=binding_of(
            said.binding, base.logout_binding, (*where, "binding"), remarks
        ),
        told_of_logout=_told(said, base),
    )


def to_file(saml: SamlApp) -> dict[str, Any]:
    """In the file's words."""
    return {
        "samlp": {
            "audience": saml.audience,
            "lifetimeInSeconds": saml.lifetime,
            "signResponse": saml.sign_response,
            "nameIdentifierFormat": saml.name_id_format,
            "nameIdentifierProbes": list(saml.name_id),
            "mappings": {name: list(found) for name, found in saml.mappings.items()},
            "passthroughClaimsWithNoMapping": saml.passthrough,
            "createUpnClaim": saml.upn,
            "signingCert": saml.certificate,
            "encryptionCert": saml.encrypt_for,
            "encryptionAlgorithm": saml.encryption,
            "binding": names.POST
            if saml.logout_binding == "HTTP-POST"
            else names.REDIRECT,
            "logout": {
                "callback": saml.logout_url,
                "slo_enabled": saml.told_of_logout,
            },
        }
    }


def _check(said: SamlAppShape, where: Path, remarks: Remarks) -> None:
    """SHA-1 is Auth0's default and no longer a signature."""
    for name, strong in _STRONG.items():
        value = given(getattr(said, name), strong)
        if value != strong:
            text = f"{value!r} is not used: answers are signed by {strong}"
            remarks.warn((*where, _WRITTEN[name]), text)
    lifetime = given(said.lifetime, 1)
    if lifetime < 1:
        remarks.refuse((*where, "lifetimeInSeconds"), "at least one second")


def _mappings(said: SamlAppShape, base: SamlApp) -> dict[str, tuple[str, ...]]:
    mappings = given(said.mappings, None)
    if mappings is None:
        return base.mappings
    return {
        field: (names,) if isinstance(names, str) else tuple(names)
        for field, names in mappings.items()
    }


def _certificate(
    said: SamlAppShape, base: SamlApp, where: Path, remarks: Remarks
) -> str | None:
    text = given(said.signing_cert, base.certificate)
    try:
        return certificates.normal(text) if text else None
    except BadCertificate as error:
        remarks.refuse((*where, "signingCert"), str(error))
        return None


def _encrypt_for(
    said: SamlAppShape, base: SamlApp, where: Path, remarks: Remarks
) -> str | None:
    """The app's certificate, if a content key can be carried to its holder."""
    text = given(said.encryption_cert, base.encrypt_for)
    try:
        found = certificates.normal(text) if text else None
        if found is not None:
            encryption.check(found)
    except BadCertificate as error:
        remarks.refuse((*where, "encryptionCert"), str(error))
        return None
    return found


def _told(said: SamlAppShape, base: SamlApp) -> bool:
    found = given(said.logout, None)
    if not isinstance(found, AppLogoutShape):
        return base.told_of_logout
    return given(found.slo_enabled, base.told_of_logout)


def _logout(said: SamlAppShape, base: SamlApp) -> str | None:
    found = given(said.logout, None)
    if not isinstance(found, AppLogoutShape):
        return base.logout_url
    return given(found.callback, base.logout_url)
