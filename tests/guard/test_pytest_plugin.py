"""The plugin in a project of its own: what it gives, and that it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gatelodge_guard.errors import ExpiredToken, WrongClaim
from gatelodge_guard.testing import TokenIssuer

USES = """
from gatelodge_guard import Guard

def test_it(token_issuer):
    guard = Guard(
        issuer=token_issuer.issuer, audience="https://mine.test",
        transport=token_issuer.transport, strict=True,
    )
    claims = guard.check(
        token_issuer.header("auth0|bob", aud="https://mine.test", scope="read:x")["Authorization"]
    )
    assert claims.sub == "auth0|bob" and claims.scopes == {"read:x"}
"""
DOES_NOT_USE = """
import sys

def test_it():
    heavy = {"joserfc", "cryptography", "gatelodge_guard.guard", "gatelodge_guard.testing"}
    assert "gatelodge_guard.pytest_plugin" in sys.modules
    assert not heavy & set(sys.modules)
"""


def run_pytest(folder, source):
    (folder / "test_api.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    # Only ours: other installed plugins may import what they like.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "gatelodge_guard.pytest_plugin",
    ]
    environment = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("source", [USES, DOES_NOT_USE])
def test_a_project_with_and_without_use_of_the_plugin(tmp_path, source):
    ran = run_pytest(tmp_path, source)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


def test_the_plugin_is_announced_to_pytest(request):
    assert request.config.pluginmanager.has_plugin("gatelodge_guard")


def test_tokens_say_what_the_test_wants(token_issuer):
    guard = token_issuer.guard()
    token = token_issuer.token(
        "auth0|ada", permissions=["approve:x"], **{"https://example.com/team": "blue"}
    )
    claims = guard.check(f"Bearer {token}")
    assert claims.permissions == {"approve:x"}
    assert claims["https://example.com/team"] == "blue"
    assert claims.client_id == "test-client"


def test_bad_tokens_are_as_easy_to_make(token_issuer):
    guard = token_issuer.guard()
    with pytest.raises(ExpiredToken):
        guard.check(f"Bearer {token_issuer.token(expires_in=-31)}")
    with pytest.raises(WrongClaim):
        guard.check(f"Bearer {token_issuer.token(sub='x', client_id=None)}")
    with pytest.raises(WrongClaim):
        token_issuer.guard("https://other.test").check(f"Bearer {token_issuer.token()}")


def test_auth0s_dialect_can_be_imitated(token_issuer):
    token = token_issuer.token(typ="JWT", client_id=None, azp="native-app", jti=None)
    assert token_issuer.guard().check(f"Bearer {token}").client_id == "native-app"


def test_two_issuers_share_nothing(token_issuer):
    other = TokenIssuer()
    guard = token_issuer.guard()
    assert other.jwks["keys"][0]["kid"] != token_issuer.jwks["keys"][0]["kid"]
    assert "d" not in other.jwks["keys"][0]
    with pytest.raises(Exception, match="not known here"):
        guard.check(f"Bearer {other.token()}")
    assert token_issuer.transport.get("https://elsewhere.test/").status == 404
