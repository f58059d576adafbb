"""Applications become clients: defaults, words, and what may not be registered."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.base.encoding import digest_of
from gatelodge.model.client import ClientSecret, RefreshPolicy
from gatelodge.model.writes import (
    DeleteClientSecrets,
    PutClient,
    PutClientKey,
    PutClientSecret,
)
from tests.tenantfile.plans import EMPTY, applied, planned, refused, written


def client(text):
    (found,) = written(planned(f"clients:\n  - {{name: A, {text}}}\n"), PutClient)
    return found.client


@pytest.mark.parametrize(
    ("app_type", "ours", "method", "grants"),
    [
        ("native", "native", "none", ("authorization_code", "refresh_token")),
        ("spa", "spa", "none", ("authorization_code", "refresh_token")),
        (
            "regular_web",
            "web",
            "client_secret_post",
            ("authorization_code", "refresh_token"),
        ),
        ("non_interactive", "machine", "client_secret_post", ("client_credentials",)),
    ],
)
def test_defaults_by_kind(app_type, ours, method, grants):
    found = client(f"app_type: {app_type}")
    assert (found.app_type, found.auth_method) == (ours, method)
    assert found.grant_types == grants
    assert len(found.client_id) == 32


def test_a_new_native_client_rotates_with_our_overlap():
    refresh = client("app_type: native").options.refresh
    assert refresh == RefreshPolicy(
        rotating=True,
        expiring=True,
        overlap=600,
        lifetime=30 * 86_400,
        idle_lifetime=15 * 86_400,
    )


@pytest.mark.parametrize("leeway", [0, 3, 60])
def test_an_explicit_leeway_is_honoured(leeway):
    found = client(f"app_type: native, refresh_token: {{leeway: {leeway}}}")
    assert found.options.refresh.overlap == leeway


def test_a_non_rotating_policy_is_honoured():
    found = client(
        "app_type: native, refresh_token: {rotation_type: non-rotating,"
        " expiration_type: non-expiring, infinite_token_lifetime: true}"
    )
    assert not found.options.refresh.rotating
    assert not found.options.refresh.expiring
    assert found.options.refresh.infinite_lifetime


def test_app_type_may_be_read_off_a_machine_but_not_guessed():
    assert client("grant_types: [client_credentials]").app_type == "machine"
    assert "app_type is missing" in refused("clients: [{name: A}]")[0]


def test_grants_we_do_not_have_are_left_out_and_named():
    plan = planned(
        "clients: [{name: A, app_type: native, grant_types: [authorization_code,"
        " implicit, http://auth0.com/oauth/legacy/grant-type/ro]}]"
    )
    (put,) = written(plan, PutClient)
    assert put.client.grant_types == ("authorization_code",)
    assert "left out, not supported: implicit, http://auth0.com" in str(
        plan.warnings[0]
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("callbacks: ['https://*.example.com/cb']", "wildcards and placeholders"),
        ("callbacks: ['https://{organization_name}.example.com/']", "placeholders"),
        ("callbacks: ['https://example.com/cb#x']", "a fragment is not allowed"),
        ("callbacks: ['javascript:alert(1)']", "never a redirect target"),
        ("callbacks: ['data:text/html,x']", "never a redirect target"),
        ("callbacks: ['http://example.com/cb']", "use https"),
        ("callbacks: ['/relative']", "not an absolute URI"),
        ("allowed_logout_urls: ['https://*.example.com']", "list each URL in full"),
        ("allowed_logout_urls: ['javascript:x']", "not an absolute URL"),
        ("web_origins: ['https://example.com/path']", "an origin has no path"),
        ("web_origins: ['https://*.example.com']", "wildcards are not allowed"),
        ("logo_uri: 'ftp://example.com/x'", "not an http or https URL"),
        ("initiate_login_uri: 'nowhere'", "not an http or https URL"),
        ("client_id: 'has space'", "letters, digits"),
        ("description: '" + "x" * 141 + "'", "at most 140 characters"),
        ("client_metadata: {k: '" + "x" * 256 + "'}", "255 characters"),
        (
            "client_metadata: {" + ", ".join(f"k{n}: v" for n in range(11)) + "}",
            "at most 10 keys",
        ),
        ("jwt_configuration: {alg: HS256}", "HS256 cannot sign here: use RS256"),
        ("jwt_configuration: {alg: none}", "none cannot sign here"),
        ("jwt_configuration: {lifetime_in_seconds: 0}", "lifetime_in_seconds is 1"),
        ("grant_types: [client_credentials]", "a public client cannot hold"),
        ("token_endpoint_auth_method: tls_client_auth", "is not one of none"),
        ("token_endpoint_auth_method: private_key_jwt", "needs a public key"),
        ("id_token_claims: {sub: x}", "'sub' is registered and cannot be set"),
        ("access_token_claims: {permissions: x}", "registered and cannot be set"),
        ("id_token_claims: {sip_x: y}", "registered and cannot be set"),
        ("access_token_claims: {x: '${secret.key}'}", "places start with 'user.'"),
        ("refresh_token: {leeway: -1}", "leeway is 0 to"),
        ("refresh_token: {token_lifetime: 0}", "lifetimes are 1 to"),
        (
            "refresh_token: {token_lifetime: 10, idle_token_lifetime: 20}",
            "idle_token_lifetime is longer than token_lifetime",
        ),
        ("refresh_token: {expiration_type: non-expiring}", "rotating tokens expire"),
        (
            "mobile: {android: {app_package_name: a.b, sha256_cert_fingerprints: [AB]}}",
            "is not a SHA-256 fingerprint",
        ),
        ("client_id: x}, {name: B, app_type: spa, client_id: x", "in the file twice"),
    ],
)
def test_refused_at_registration_with_the_remedy(text, says):
    found = refused(
        f"clients:\n  - {{name: A, app_type: native, {text}}}\n".replace(
            "}, {", "}\n  - {"
        )
    )
    assert any(says in one for one in found), found
    assert all(one.startswith("line ") for one in found)


def test_names_have_no_angle_brackets():
    assert "no < or >" in refused("clients: [{name: <b>, app_type: spa}]")[0]


def test_a_given_secret_is_kept_as_its_digest_and_never_shown():
    secret = "cs_" + "s" * 43
    plan = planned(
        f"clients: [{{name: A, app_type: regular_web, client_secret: {secret}}}]"
    )
    (put,) = written(plan, PutClientSecret)
    assert put.secret.digest == digest_of(secret)
    assert plan.secrets == ()
    assert secret not in repr(plan)


def test_a_client_that_needs_a_secret_gets_one_told_once():
    plan = planned("clients: [{name: A, app_type: non_interactive}]")
    (made,) = plan.secrets
    (put,) = written(plan, PutClientSecret)
    assert made.secret.reveal().startswith("cs_")
    assert put.secret.digest == digest_of(made.secret.reveal())
    assert made.secret.reveal() not in repr(plan)


def test_a_secret_in_use_stays_and_another_takes_its_place():
    text = "clients: [{name: A, app_type: regular_web, client_secret: %s}]"
    rows = applied(EMPTY, planned(text % ("s" * 43)))
    assert planned(text % ("s" * 43), rows).changes == ()
    two = ClientSecret(
        client_id=rows.clients[0].client_id, secret_id="old", digest="d", created_at=1
    )
    overlapping = msgspec.structs.replace(rows, secrets=(*rows.secrets, two))
    assert planned(text % ("s" * 43), overlapping).changes == ()
    plan = planned(text % ("t" * 43), rows)
    assert len(written(plan, DeleteClientSecrets)) == 1
    (put,) = written(plan, PutClientSecret)
    assert put.secret.digest == digest_of("t" * 43)


def test_a_client_that_becomes_public_loses_its_secrets():
    text = "clients: [{name: A, app_type: regular_web, client_secret: %s}]"
    rows = applied(EMPTY, planned(text % ("s" * 43)))
    plan = planned("clients: [{name: A, token_endpoint_auth_method: none}]", rows)
    assert len(written(plan, DeleteClientSecrets)) == 1
    assert written(plan, PutClientSecret) == []


def test_a_short_secret_is_named():
    plan = planned("clients: [{name: A, app_type: regular_web, client_secret: short}]")
    assert "short enough to be guessed" in str(plan.warnings[0])


def test_a_digest_must_be_one():
    text = "clients: [{name: A, app_type: regular_web, client_secret_digest: abc}]"
    assert "not a digest" in refused(text)[0]


def pem(key, *, private=False):
    if private:
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    public = key.public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def with_pem(text):
    lines = "\n".join(" " * 14 + line for line in text.splitlines())
    return (
        "clients:\n- name: A\n  app_type: non_interactive\n"
        "  client_authentication_methods:\n    private_key_jwt:\n      credentials:\n"
        f"        - kid: k1\n          pem: |\n{lines}\n"
    )


def test_a_public_key_in_pem_becomes_a_jwk():
    plan = planned(with_pem(pem(ec.generate_private_key(ec.SECP256R1()))))
    (put,) = written(plan, PutClientKey)
    assert put.key.kid == "k1"
    assert put.key.jwk["kty"] == "EC"
    assert put.key.jwk["alg"] == "ES256"
    assert written(plan, PutClient)[0].client.auth_method == "private_key_jwt"
    assert plan.secrets == ()


def test_a_private_key_is_refused():
    key = ec.generate_private_key(ec.SECP256R1())
    assert "not a public key in PEM" in refused(with_pem(pem(key, private=True)))[0]
    text = "clients: [{name: A, app_type: spa, jwks: {keys: [{kty: EC, d: x}]}}]"
    assert "this is a private key" in refused(text)[0]


@pytest.mark.parametrize(
    "jwk", ["{kty: oct}", "{kty: EC, crv: P-256, x: a}", "{kty: RSA, n: AQAB, e: AQAB}"]
)
def test_a_weak_or_broken_key_is_refused(jwk):
    text = f"clients: [{{name: A, app_type: spa, jwks: {{keys: [{jwk}]}}}}]"
    assert "clients[0].jwks.keys[0]" in refused(text)[0]


def test_a_key_of_the_same_name_with_another_value_is_a_change():
    rows = applied(
        EMPTY, planned(with_pem(pem(ec.generate_private_key(ec.SECP256R1()))))
    )
    other = with_pem(pem(ec.generate_private_key(ec.SECP256R1())))
    (put,) = written(planned(other, rows), PutClientKey)
    assert put.key.jwk["x"] != rows.client_keys[0].jwk["x"]
    assert planned(other, applied(rows, planned(other, rows))).changes == ()
