"""SAML connections in the tenant file (contract 1.9)."""

from __future__ import annotations

import textwrap

from gatelodge.connections.saml import names
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.saml import IdpInitiated
from gatelodge.model.writes import PutConnection
from gatelodge.tenantfile import clients, upstreams
from tests.connections.saml import provider as idp
from tests.connections.saml.test_metadata import described

from .plans import planned, refused, written

ACME = f"""
    clients:
      - {{name: App, client_id: app, app_type: native}}
    connections:
      - name: acme
        strategy: samlp
        display_name: Acme
        show_as_button: false
        options:
          issuer: {idp.ENTITY}
          signInEndpoint: https://idp.example/sso
          signOutEndpoint: https://idp.example/slo
          signingCert: "{idp.pair().pinned}"
          protocolBinding: {names.POST}
          signSAMLRequest: true
          fieldsMap: {{email: [work, mail], groups: memberOf}}
          user_id_attribute: employeeNumber
          domain_aliases: [Acme.example, "@acme.org"]
          link_by_verified_email: true
          idpinitiated: {{enabled: true, client_id: App, client_authorizequery: scope=openid}}
"""


def made(text=ACME, rows=None):
    plan = planned(text, rows) if rows else planned(text)
    (write,) = written(plan, PutConnection)
    return write.connection


def options(text: str) -> str:
    head = "connections:\n  - name: acme\n    strategy: samlp\n    options:\n"
    return head + textwrap.indent(textwrap.dedent(text), "      ")


def test_a_saml_connection() -> None:
    found = made().options
    saml = found.saml
    assert (saml.entity_id, saml.sign_in_url) == (idp.ENTITY, "https://idp.example/sso")
    assert saml.certificates == (idp.pair().pinned,)
    assert saml.request_binding == "HTTP-POST"
    assert saml.fields == {
        "email": ("work", "mail"),
        "groups": ("memberOf",),
        "user_id": ("employeeNumber",),
    }
    assert found.domains == ("acme.example", "acme.org")
    assert saml.idp_initiated == IdpInitiated(client_id="app", query="scope=openid")


def test_a_second_run_changes_nothing() -> None:
    rows = CatalogueRows(connections=(made(),))
    assert written(planned(ACME, rows), PutConnection) == []


def test_an_export_says_it_again() -> None:
    import yaml

    connection = made()
    text = yaml.safe_dump({"connections": [upstreams.to_file(connection)]})
    clients = "clients: [{name: App, client_id: app, app_type: native}]\n"
    rows = CatalogueRows(connections=(connection,))
    assert written(planned(clients + text, rows), PutConnection) == []
    (again,) = written(planned(clients + text), PutConnection)
    assert again.connection.options == connection.options
    assert connection.options.link_by_verified_email


def test_metadata_says_it_all() -> None:
    xml = described().replace("\n", " ")
    found = made(options(f"metadataXml: '{xml}'")).options.saml
    assert found.entity_id == idp.ENTITY
    assert found.sign_in_url == "https://idp.example/HTTP-Redirect"
    assert found.certificates == (idp.pair().pinned,)


def test_an_address_of_metadata_is_enough() -> None:
    found = made(options("metadataUrl: https://idp.example/metadata")).options.saml
    assert (found.entity_id, found.certificates) == ("", ())


def test_what_was_read_from_the_address_is_newer_than_the_file() -> None:
    xml = described().replace("\n", " ")
    text = options(f"metadataXml: '{xml}'\nmetadataUrl: https://idp.example/metadata")
    first = made(text)
    following = idp.pair("following").pinned
    import msgspec

    saml = msgspec.structs.replace(first.options.saml, certificates=(following,))
    fresh = msgspec.structs.replace(first.options, saml=saml)
    rows = CatalogueRows(connections=(msgspec.structs.replace(first, options=fresh),))
    assert written(planned(text, rows), PutConnection) == []


def test_what_is_missing_is_named() -> None:
    told = " ".join(refused(options("signSAMLRequest: true")))
    for name in ("issuer", "signInEndpoint", "signingCert"):
        assert f"{name}: missing" in told or name in told


def test_what_cannot_be_is_refused() -> None:
    for text, about in (
        ("signingCert: nonsense", "signingCert"),
        ("protocolBinding: urn:other", "protocolBinding"),
        ("signInEndpoint: 'javascript:x'", "signInEndpoint"),
        ("metadataXml: '<a/>'", "metadataXml"),
        ("domain_aliases: ['no domain']", "domain_aliases"),
        ("idpinitiated: {enabled: true}", "idpinitiated"),
        ("idpinitiated: {enabled: true, client_id: none}", "client"),
        ("set_user_root_attributes: never", "set_user_root_attributes"),
    ):
        assert about in " ".join(refused(options(text))), text


def test_domains_lead_to_other_kinds_too() -> None:
    text = """
    connections:
      - name: partner
        strategy: oidc
        options: {client_id: us, issuer: https://id.example/, domain_aliases: [p.example]}
    """
    assert made(text).options.domains == ("p.example",)


APP = """
    clients:
      - name: Wiki
        client_id: wiki
        app_type: regular_web
        token_endpoint_auth_method: none
        callbacks: [https://wiki.example/acs]
        addons:
          samlp:
            audience: urn:wiki
            signatureAlgorithm: rsa-sha256
            mappings: {email: mail, roles: [groups]}
            nameIdentifierProbes: [email]
            logout: {callback: https://wiki.example/slo}
"""


def app(text=APP, rows=None):
    from gatelodge.model.writes import PutClient

    plan = planned(text, rows) if rows else planned(text)
    return [write.client for write in written(plan, PutClient)]


def test_an_app_that_speaks_saml() -> None:
    (client,) = app()
    saml = client.options.saml
    assert (saml.audience, saml.lifetime, saml.sign_response) == (
        "urn:wiki",
        3600,
        False,
    )
    assert saml.mappings == {"email": ("mail",), "roles": ("groups",)}
    assert (saml.name_id, saml.logout_url) == (("email",), "https://wiki.example/slo")


def test_an_app_that_opens_what_is_for_it() -> None:
    text = APP.replace(
        "signatureAlgorithm: rsa-sha256",
        f'encryptionCert: "{idp.pair().pinned}"',
    )
    (client,) = app(text)
    saml = client.options.saml
    assert (saml.encrypt_for, saml.encryption) == (idp.pair().pinned, "aes256-gcm")
    said = clients.to_file(client)["addons"]["samlp"]
    assert said["encryptionCert"] == idp.pair().pinned
    rows = CatalogueRows(clients=(client,))
    assert app(APP, rows) == []
    opener = text.replace(f'"{idp.pair().pinned}"', "null")
    (open_again,) = app(opener, rows)
    assert open_again.options.saml.encrypt_for is None


def test_how_an_app_hears_of_a_logout() -> None:
    saml = app()[0].options.saml
    assert (saml.logout_binding, saml.told_of_logout) == ("HTTP-Redirect", True)
    text = APP.replace(
        "logout: {callback: https://wiki.example/slo}",
        f"binding: {names.POST}\n            logout: {{slo_enabled: false}}",
    )
    (client,) = app(text, CatalogueRows(clients=tuple(app())))
    saml = client.options.saml
    assert (saml.logout_binding, saml.told_of_logout) == ("HTTP-POST", False)
    assert saml.logout_url == "https://wiki.example/slo"
    said = clients.to_file(client)["addons"]["samlp"]
    assert (said["binding"], said["logout"]["slo_enabled"]) == (names.POST, False)


def test_what_the_file_does_not_say_of_an_app_stays() -> None:
    rows = CatalogueRows(clients=tuple(app()))
    assert app(APP, rows) == []
    silent = APP.partition("        addons")[0]
    assert app(silent, rows) == []
    (ended,) = app(silent + "        addons: {samlp: null}\n", rows)
    assert ended.options.saml is None


def test_an_app_is_exported_in_the_same_words() -> None:
    said = clients.to_file(app()[0])["addons"]["samlp"]
    assert (said["audience"], said["mappings"]["email"]) == ("urn:wiki", ["mail"])


def test_what_an_app_cannot_have() -> None:
    for text, about in (
        ("signingCert: nonsense", "signingCert"),
        ("encryptionCert: nonsense", "encryptionCert"),
        ("encryptionAlgorithm: tripledes-cbc", "encryptionAlgorithm"),
        ("binding: HTTP-Artifact", "binding"),
        (f'encryptionCert: "{idp.pair(curve=True).pinned}"', "encryptionCert"),
        ("lifetimeInSeconds: 0", "lifetimeInSeconds"),
    ):
        wrong = APP.replace("signatureAlgorithm: rsa-sha256", text)
        assert about in " ".join(refused(wrong))
    plan = planned(APP.replace("rsa-sha256", "rsa-sha1"))
    assert "signatureAlgorithm" in " ".join(str(one) for one in plan.warnings)


def test_a_domain_of_two_connections_is_told_of() -> None:
    text = """
    connections:
      - {name: a, strategy: samlp, options: {metadataUrl: https://a.example/, domain_aliases: [p.example]}}
      - {name: b, strategy: samlp, options: {metadataUrl: https://b.example/, domain_aliases: [p.example]}}
    """
    (told,) = planned(text).warnings
    assert "p.example leads to a too" in str(told)
