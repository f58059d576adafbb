"""The whole dance against a real provider on loopback, sync and async."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from gatelodge_app import (
    FileVault,
    IssuerMismatch,
    LoginRequired,
    MemoryVault,
    NotRevoked,
    Refused,
    SignedOut,
    TokenSet,
    Unreachable,
    UserAborted,
    VaultError,
)
from gatelodge_app.errors import BadIdToken, BadMetadata, BadResponse

from .visitor import get


def test_signs_in_and_keeps_the_tokens(op, make, visitor):
    app = make()
    tokens = app.sign_in(login_hint="ada@example.com", ui_locales=["de", "en"])
    visitor.rest()
    assert isinstance(tokens, TokenSet)
    assert tokens.access_token in op.live
    assert app.user["email"] == "ada@example.com"
    assert app.access_token() == tokens.access_token
    asked = parse_qs(urlsplit(visitor.urls[0]).query)
    assert asked["login_hint"] == ["ada@example.com"]
    assert asked["ui_locales"] == ["de en"]
    assert asked["redirect_uri"][0].startswith("http://127.0.0.1:")
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 43
    status, headers, body = visitor.pages[0]
    assert status == 200
    assert b"Timesheets" in body
    assert b"You can close this window" in body
    assert b"<script" not in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_signs_in_awaited(op, make_async):
    app = make_async(audience="https://timesheets.example.com")
    tokens = await app.sign_in()
    assert tokens.access_token in op.live
    assert (await app.user())["sub"] == "auth0|ada"
    assert await app.access_token() == tokens.access_token
    _path, asked = next(f for f in op.forms if f[0] == "/authorize")
    assert asked["audience"] == "https://timesheets.example.com"


@pytest.mark.parametrize("slash_given", [True, False])
@pytest.mark.parametrize("slash_named", [True, False])
def test_issuer_with_or_without_slash(op, make, slash_given, slash_named):
    op.behave.slash = slash_given
    app = make()
    op.behave.slash = slash_named
    op.behave.names_itself = False
    assert app.sign_in().user["iss"] == op.issuer


def test_two_sign_ins_never_share_secrets(op, make, visitor):
    app = make()
    app.sign_in()
    app.sign_in()
    first, second = (parse_qs(urlsplit(u).query) for u in visitor.urls)
    for name in ("state", "nonce", "code_challenge", "redirect_uri"):
        assert first[name] != second[name]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("access_denied", UserAborted),
        ("login_required", LoginRequired),
        ("consent_required", LoginRequired),
        ("interaction_required", LoginRequired),
        ("unauthorized_client", Refused),
        ("server_error", Refused),
    ],
)
def test_errors_of_the_provider_have_types(op, make, error, kind):
    op.behave.authorize_error = (error, "said \x1b[31mthe provider")
    with pytest.raises(Refused) as raised:
        make().sign_in()
    assert type(raised.value) is kind
    assert raised.value.error == error
    assert raised.value.description == "said [31mthe provider"
    assert raised.value.remedy in str(raised.value)


def test_an_answer_from_another_issuer_is_refused(op, make):
    op.behave.response_iss = "https://evil.example.com/"
    with pytest.raises(IssuerMismatch):
        make().sign_in()
    assert op.seen["/oauth/token"] == 0


def test_a_missing_issuer_is_refused_when_it_was_announced(op, make):
    op.behave.names_itself = False
    op.behave.metadata = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(IssuerMismatch):
        make().sign_in()


def test_a_parameter_twice_is_refused(op, make):
    op.behave.response_extra = [("code", "another")]
    with pytest.raises(BadResponse, match="twice"):
        make().sign_in()
    assert op.seen["/oauth/token"] == 0


@pytest.mark.parametrize("taken", ["state", "nonce", "redirect_uri", "client_id"])
def test_what_the_app_decides_cannot_be_overridden(make, taken):
    with pytest.raises(ValueError, match=taken):
        make().sign_in(**{taken: "mine"})


@pytest.mark.parametrize("fault", ["drop", 503, 500])
def test_a_lost_code_answer_is_survived_by_one_repeat(op, make, visitor, fault):
    op.fault("/oauth/token", fault)
    tokens = make().sign_in(prompt="login")
    assert tokens.access_token in op.live
    assert op.seen["/authorize"] == 2
    first, second = (parse_qs(urlsplit(u).query) for u in visitor.urls)
    assert first["prompt"] == ["login"]
    assert "prompt" not in second
    assert int(second["max_age"][0]) <= 62
    codes = [form["code"] for path, form in op.forms if path == "/oauth/token"]
    assert len(codes) == len(set(codes)) == 2


def test_a_code_answer_lost_twice_ends(op, make):
    op.fault("/oauth/token", "drop", "drop", "drop")
    with pytest.raises(Unreachable):
        make().sign_in()
    assert op.seen["/authorize"] == 2


def test_a_refused_code_is_not_asked_again(op, make):
    op.fault("/oauth/token", ("json", 403, {"error": "invalid_grant"}))
    with pytest.raises(Refused):
        make().sign_in()
    assert op.seen["/authorize"] == 1


def test_a_code_refused_after_a_busy_provider_is_asked_again(op, make, naps):
    refused = ("json", 403, {"error": "invalid_grant"})
    op.fault("/oauth/token", 429, refused)
    assert make().sign_in().access_token in op.live
    assert op.seen["/authorize"] == 2
    assert naps == [0.5]


def test_sign_out_ends_tokens_and_session(op, make):
    app = make()
    tokens = app.sign_in()
    app.sign_out()
    assert all(family.ended for family in op.families.values())
    _, asked = next(f for f in op.forms if f[0] == "/oidc/logout")
    assert asked["id_token_hint"] == tokens.id_token
    assert asked["client_id"] == "timesheets-desktop"
    assert asked["post_logout_redirect_uri"].startswith("http://127.0.0.1:")
    assert app.user is None
    with pytest.raises(SignedOut):
        app.access_token()


async def test_sign_out_awaited(op, make_async):
    app = make_async()
    await app.sign_in()
    await app.sign_out()
    assert op.seen["/oidc/logout"] == 1
    assert await app.user() is None


def test_sign_out_of_a_server_shaped_like_auth0(op, make):
    op.behave.end_session = False
    app = make()
    app.sign_in()
    app.sign_out()
    _, asked = next(f for f in op.forms if f[0] == "/v2/logout")
    assert set(asked) == {"client_id", "returnTo"}


def test_sign_out_without_the_browser(op, make, visitor):
    app = make()
    app.sign_in()
    app.sign_out(browser=False)
    assert len(visitor.urls) == 1
    assert op.seen["/oauth/revoke"] == 1


def test_sign_out_happens_here_even_if_the_provider_is_down(op, make, visitor):
    app = make()
    app.sign_in()
    op.fault("/oauth/revoke", 503, 503, 503)
    with pytest.raises(NotRevoked):
        app.sign_out()
    assert app.user is None
    assert op.seen["/oidc/logout"] == 1


def test_sign_out_where_the_provider_has_no_logout(op, make, visitor):
    op.behave.end_session = op.behave.revocation = False
    op.behave.metadata = {"authorization_endpoint": f"{op.base}/authorize?v=2"}
    app = make()
    app.sign_in()
    app.sign_out()
    assert len(visitor.urls) == 1
    assert app.user is None


def test_sign_out_with_the_provider_away(op, make, visitor):
    vault = MemoryVault()
    make(vault=vault).sign_in()
    app = make(vault=vault)
    op.fault("/.well-known/openid-configuration", 503, 503, 503)
    with pytest.raises(NotRevoked):
        app.sign_out()
    assert app.user is None
    assert len(visitor.urls) == 1


def test_sign_out_cannot_be_bent_by_extras(op, make):
    app = make()
    app.sign_in()
    app.sign_out(client_id="other", ui_locales="de")
    _, asked = next(f for f in op.forms if f[0] == "/oidc/logout")
    assert asked["client_id"] == "timesheets-desktop"
    assert asked["ui_locales"] == "de"


def test_what_is_none_is_not_asked_for(op, make):
    app = make()
    app.sign_in(login_hint=None)
    app.sign_out(logout_hint=None, federated=True)
    for path in ("/authorize", "/oidc/logout"):
        _, asked = next(f for f in op.forms if f[0] == path)
        assert "None" not in asked.values()
    assert asked["federated"] == "true"


def test_a_vault_that_cannot_be_had_is_told_before_the_browser_opens(
    make, visitor, tmp_path
):
    (tmp_path / "file").write_text("")
    for directory in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(VaultError):
            make(vault=FileVault(directory)).sign_in()
    assert visitor.urls == []


@pytest.mark.parametrize("fault", [("json", 404, {}), ("json", 200, "x")])
def test_a_provider_without_metadata(op, make, fault):
    op.fault("/.well-known/openid-configuration", fault)
    with pytest.raises(BadMetadata):
        make().sign_in()


@pytest.mark.parametrize(
    "bent",
    [
        {"issuer": "https://other.example.com/"},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"code_challenge_methods_supported": ["plain"]},
        {"jwks_uri": None},
    ],
)
def test_bad_metadata_is_refused(op, make, bent):
    op.behave.metadata = bent
    with pytest.raises(BadMetadata):
        make().sign_in()
    assert op.seen["/authorize"] == 0


def test_an_id_token_must_come(op, make):
    op.behave.signer = lambda _claims: ""
    with pytest.raises(BadIdToken, match="no ID token"):
        make().sign_in()


def test_nothing_secret_is_shown(op, make):
    tokens = make().sign_in()
    for secret in (tokens.access_token, tokens.refresh_token, tokens.id_token):
        assert secret not in repr(tokens)
    assert "ada@example.com" not in repr(tokens)


def test_the_observer_hears_no_secret(op, make):
    heard = []
    app = make(watch=heard.append)
    tokens = app.sign_in()
    whats = [note.what for note in heard]
    assert whats[0] == "metadata read"
    assert "ID token checked" in whats
    assert tokens.access_token not in repr(heard)
    assert tokens.refresh_token not in repr(heard)


def test_the_listener_is_gone_after_the_answer(op, make, visitor):
    make().sign_in()
    visitor.rest()
    back = parse_qs(urlsplit(visitor.urls[0]).query)["redirect_uri"][0]
    with pytest.raises(OSError, match="refused"):
        get(back)
