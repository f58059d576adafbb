"""Standing with other parties in SAML 2.0: who vouches for our people, whom we tell."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

SAMLP = "samlp"
RequestBinding: TypeAlias = Literal["HTTP-Redirect", "HTTP-POST"]
Encryption: TypeAlias = Literal["aes256-gcm", "aes128-gcm", "aes256-cbc"]


class IdpInitiated(msgspec.Struct, frozen=True, kw_only=True):
    """Answers nobody asked for are taken, for one app (contract 1.9).

    ``query`` is the authorization request that is made of them, as a query string.
    """

    client_id: str
    query: str = ""


class Saml(msgspec.Struct, frozen=True, kw_only=True):
    """An identity provider that vouches for people here (contract 1.9, 3.10).

    Attributes:
        entity_id: the provider's name: the only ``Issuer`` that is believed.
        sign_in_url, sign_out_url: where requests go.
        sign_out_reply_url: where answers to its own logout requests go, if elsewhere.
        certificates: whose signatures count, base64 of DER.
        request_binding: how requests travel.
        sign_request: requests are signed.
        name_id_format: asked for in requests; None leaves it to the provider.
        own_entity_id: our name there, where it is not ``urn:auth0:…``.
        fields: attribute names by our fields; the first that is there wins.
        metadata_url: read again from time to time.
        idp_initiated: None refuses answers to no request.
        once: the account keeps what the first sign-in said.
    """

    entity_id: str
    sign_in_url: str
    sign_out_url: str | None = None
    sign_out_reply_url: str | None = None
    certificates: tuple[str, ...] = ()
    request_binding: RequestBinding = "HTTP-Redirect"
    sign_request: bool = True
    name_id_format: str | None = None
    own_entity_id: str | None = None
    fields: dict[str, tuple[str, ...]] = {}
    metadata_url: str | None = None
    idp_initiated: IdpInitiated | None = None
    once: bool = False


class SamlApp(msgspec.Struct, frozen=True, kw_only=True):
    """A client that signs people in by SAML: we are its identity provider.

    Its callbacks are where answers may go; the first one takes those to no request.
    Defaults are Auth0's (contract 3.10), but for SHA-256.

    Attributes:
        audience: its entity id: who asks, and for whom assertions are.
        lifetime: of an assertion, in seconds.
        sign_response: sign the response instead of the assertion.
        name_id_format: what kind of name it is told.
        name_id: our fields; the first that holds something is the name.
        mappings: attribute names by our field.
        passthrough: fields without a mapping are told too.
        upn: tell the e-mail address as ``upn``.
        certificate: whose key signs its requests; unsigned ones are refused then.
        encrypt_for: certificate whose key alone opens assertions; None sends them open.
        encryption: how. AES-CBC does not prove itself, so the response is signed then.
        logout_url: where it takes logout messages.
        logout_binding: how they travel.
        told_of_logout: it is told when a session ends that it was told of.
    """

    audience: str
    lifetime: int = 3_600
    sign_response: bool = False
    name_id_format: str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
    name_id: tuple[str, ...] = ()
    mappings: dict[str, tuple[str, ...]] = {}
    passthrough: bool = True
    upn: bool = True
    certificate: str | None = None
    encrypt_for: str | None = None
    encryption: Encryption = "aes256-gcm"
    logout_url: str | None = None
    logout_binding: RequestBinding = "HTTP-Redirect"
    told_of_logout: bool = True


class SamlChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What actions change in one answer to such an app; None leaves the app's setting.

    Attributes:
        attributes: values by name; none takes the attribute away.
        recipient, destination: of the app's callbacks.
        context_class: how the person proved who they are.
    """

    attributes: dict[str, tuple[str, ...]] = {}
    audience: str | None = None
    recipient: str | None = None
    destination: str | None = None
    lifetime: int | None = None
    name_id_format: str | None = None
    name_id: tuple[str, ...] | None = None
    upn: bool | None = None
    passthrough: bool | None = None
    sign_response: bool | None = None
    context_class: str | None = None
    relay_state: str | None = None


class NameId(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider calls a person (SAML Core §2.2.3)."""

    value: str
    format: str = ""
    name_qualifier: str = ""
    sp_name_qualifier: str = ""


class SamlSession(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``saml_session``: a session of ours that another party shares.

    Attributes:
        sid: our session.
        party: the connection it came from, or the client it was told to.
        name_key: digest of the name, to find it by.
        session_index: the party's own name for the session; "" where it gave none.
        ends_at: the end of our session, in milliseconds.
    """

    sid: str
    party: str
    user_id: str
    name_key: str
    name_id: NameId
    session_index: str
    ends_at: int


class PostedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``posted_answer``: an answer that waits for its browser.

    A form from another site brings no cookies, so it is kept aside, sealed, for the
    request that does.
    """

    digest: str
    sealed: bytes
    expires_at: int
