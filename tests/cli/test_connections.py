"""connections: our metadata for a provider, and what its answers would make."""

from __future__ import annotations

import base64
import json

import pytest

from tests.cli.test_doctor import seen
from tests.connections.saml import provider as idp

SAML = f"""
connections:
  - name: acme
    strategy: samlp
    display_name: Acme
    options:
      issuer: {idp.ENTITY}
      signInEndpoint: https://idp.example/sso
      signingCert: "{{certificate}}"
      fieldsMap: {{{{groups: memberOf}}}}
      domain_aliases: [acme.example]
"""


@pytest.fixture
def acme(tenant):
    tenant.apply(SAML.format(certificate=idp.pair().pinned))
    return tenant


def shown(office, file) -> dict[str, list[str]]:
    found = json.loads(
        office.says("connections", "preview", "acme", str(file), "--json")
    )
    return {one["field"]: one["values"] for one in found}


def test_our_metadata(acme):
    said = acme.says("connections", "metadata", "acme")
    assert "urn:auth0:localhost:acme" in said
    assert said.count("<ds:X509Certificate>") == 3
    assert "there is no SAML connection" in acme.says(
        "connections", "metadata", "none", code=1
    )


def test_a_list(acme):
    found = json.loads(acme.says("connections", "list", "--json"))
    assert {
        "name": "acme",
        "strategy": "samlp",
        "label": "Acme",
        "domains": "acme.example",
    } in found
    assert "acme" in acme.says("connections", "list")


@pytest.mark.parametrize("dress", ["xml", "base64", "json"])
def test_a_preview(acme, tmp_path, dress):
    answer = idp.Answer(
        attributes={"mail": ("ada@acme.example",), "memberOf": ("a", "b")}
    )
    raw = idp.raw(idp.response(answer, idp.assertion(answer)))
    said = {"mail": "ada@acme.example", "memberOf": ["a", "b"], "nameid": "ada"}
    text = {
        "xml": raw,
        "base64": base64.b64encode(raw),
        "json": json.dumps(said).encode(),
    }[dress]
    (tmp_path / "said").write_bytes(text)
    assert shown(acme, tmp_path / "said") == {
        "user_id": ["ada"],
        "email": ["ada@acme.example"],
        "groups": ["a", "b"],
    }


@pytest.mark.parametrize("text", ["", "nonsense", "{", "<a/>", '{"a": 1}'])
def test_no_preview(acme, tmp_path, text):
    (tmp_path / "said").write_text(text)
    said = acme.says("connections", "preview", "acme", str(tmp_path / "said"), code=1)
    assert "not " in said


def test_keys_of_saml_turn_when_they_are_named(acme):
    before = acme.says("connections", "metadata", "acme")
    assert "saml" not in acme.says("keys", "rotate")
    assert acme.says("connections", "metadata", "acme") == before
    assert "saml-signing" in acme.says("keys", "rotate", "--alg", "saml-signing")
    assert acme.says("connections", "metadata", "acme") != before


def test_the_doctor_looks_at_certificates(acme):
    assert seen(acme)["SAML connection acme"]["state"] == "ok"
    old = idp.pair("gone", days=10)
    acme.apply(SAML.format(certificate=old.pinned))
    found = seen(acme, code=1)["SAML connection acme"]
    assert (found["state"], "nobody can sign in" in found["text"]) == ("fail", True)
