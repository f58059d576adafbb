"""What machines read: discovery, association files, the tenant log's lines."""

from __future__ import annotations

from gatelodge.model.client import Android, Ios
from gatelodge.oauth.association import android, apple
from gatelodge.oauth.discovery import document
from tests.rules import world
from tests.rules.world import ISSUER


def test_discovery_says_only_what_is_so() -> None:
    found = document(ISSUER, algorithms=("RS256", "ES256"), locales=("en", "de"))
    assert found["issuer"] == ISSUER
    addresses = {
        name: value
        for name, value in found.items()
        if name.endswith(("_endpoint", "_uri"))
    }
    assert set(addresses) == {
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "revocation_endpoint",
        "mfa_challenge_endpoint",
        "end_session_endpoint",
    }
    assert all(value.startswith(ISSUER) for value in addresses.values())
    assert all("//" not in value[8:] for value in addresses.values())
    assert found["response_types_supported"] == ["code"]
    assert found["response_modes_supported"] == ["query", "fragment", "form_post"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["id_token_signing_alg_values_supported"] == ["RS256", "ES256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["request_parameter_supported"] is False
    assert found["request_uri_parameter_supported"] is False
    assert found["subject_types_supported"] == ["public"]
    assert {"sub", "email", "updated_at"} <= set(found["claims_supported"])
    assert {"openid", "offline_access"} <= set(found["scopes_supported"])
    assert "none" in found["token_endpoint_auth_methods_supported"]
    assert found["ui_locales_supported"] == ["en", "de"]


IOS = world.client(options={"ios": Ios(team_id="TEAM", bundle_id="com.example.app")})
DROID = world.client(
    options={"android": Android(package_name="com.example", fingerprints=("AA:BB",))}
)


def test_apps_for_apple() -> None:
    assert apple([]) == {
        "applinks": {"apps": [], "details": []},
        "webcredentials": {"apps": []},
    }
    found = apple([DROID, IOS])
    (detail,) = found["applinks"]["details"]
    assert detail["appID"] == "TEAM.com.example.app"
    assert "/ios/com.example.app/*" in detail["paths"]
    assert found["webcredentials"]["apps"] == ["TEAM.com.example.app"]


def test_apps_for_android() -> None:
    assert android([]) == []
    (entry,) = android([IOS, DROID])
    assert entry["target"] == {
        "namespace": "android_app",
        "package_name": "com.example",
        "sha256_cert_fingerprints": ["AA:BB"],
    }
    assert "delegate_permission/common.handle_all_urls" in entry["relation"]


def test_a_log_line_shares_what_the_request_is() -> None:
    witness = world.witness()
    line = witness.line("fp", client_id="phone", nth=1, description="x", none=None).line
    assert (line.type, line.at, line.ip, line.client_id) == (
        "fp",
        world.NOW,
        "192.0.2.7",
        "phone",
    )
    assert line.details == {"description": "x"}
    assert line.id != witness.line("fp").line.id
    odd = world.changed(witness, agent="a\r\nb" + "x" * 500).line("fp").line
    assert odd.agent.startswith("abx")
    assert len(odd.agent) == 400
