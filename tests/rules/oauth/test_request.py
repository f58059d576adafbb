"""The authorization request, check by check, and to whom each refusal goes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gatelodge.base.errors import PageRefusal, ProtocolRefusal, ReturnedRefusal
from gatelodge.base.exchange import FormPost, Redirect
from gatelodge.oauth.request import AuthorizationRequest, check
from gatelodge.oauth.response import WayBack, answer, error_answer
from tests.rules.world import API, CALLBACK, CHALLENGE, ISSUER, api, catalogue, client

GOOD = {
    "client_id": "phone",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid read:x openid",
    "state": "s-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


WEB = "https://web.example.com/callback"
BOTH = catalogue(client(redirect_uris=(CALLBACK, WEB)))


def checked(
    *more: tuple[str, str], within: Any = None, **changes: str | None
) -> AuthorizationRequest:
    params = {k: v for k, v in (GOOD | changes).items() if v is not None}
    pairs = (*params.items(), *more)
    return check(pairs, within or catalogue(), issuer=ISSUER, hint_keys=())


def refused(*more: tuple[str, str], within: Any = None, **changes: str | None):
    """The refusal that travels to the app, and the way it takes."""
    with pytest.raises(ReturnedRefusal) as caught:
        checked(*more, within=within, **changes)
    way = caught.value.way_back
    assert isinstance(way, WayBack)
    return caught.value.refusal, way


def paged(*more: tuple[str, str], within: Any = None, **changes: str | None):
    with pytest.raises(PageRefusal) as caught:
        checked(*more, within=within, **changes)
    return caught.value


def test_a_good_request() -> None:
    request = checked(audience=API, nonce="n-1")
    assert request.client.client_id == "phone"
    assert request.scopes == ("openid", "read:x")
    assert request.audience == API
    assert request.nonce == "n-1"
    assert request.challenge == CHALLENGE
    assert request.redirect_uri_sent
    assert request.confirmation_target
    assert request.way_back == WayBack(
        redirect_uri=CALLBACK, mode="query", state="s-1", issuer=ISSUER
    )


def test_state_and_nonce_and_redirect_uri_may_be_absent() -> None:
    request = checked(state=None, redirect_uri=None, scope=None)
    assert request.way_back.state is None
    assert request.nonce is None
    assert not request.redirect_uri_sent
    assert request.scopes == ()
    assert request.audience == ""


@pytest.mark.parametrize(
    "name", ["auth0Client", "responseType", "access_type", "ext-x", "organization"]
)
def test_unknown_parameters_are_ignored(name: str) -> None:
    assert checked((name, "whatever")).params[name] == "whatever"


@pytest.mark.rule("RFC6749-4.1.2.1.client")
@pytest.mark.parametrize("client_id", ["nobody", "", None, "\ud800", "x" * 9000])
def test_an_unknown_client_is_told_to_the_person(client_id: str | None) -> None:
    page = paged(client_id=client_id)
    assert page.rule == "RFC6749-4.1.2.1.client"
    assert len(page.because) < 600


@pytest.mark.rule("RFC6749-3.1")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_what_proves_the_way_back_comes_once(name: str) -> None:
    assert paged((name, "other")).rule == "RFC6749-3.1"


def test_the_client_is_checked_before_the_redirect_uri() -> None:
    page = paged(client_id="nobody", redirect_uri="https://evil.example/")
    assert page.rule == "RFC6749-4.1.2.1.client"


@pytest.mark.rule("RFC6749-3.1.2.4")
@pytest.mark.parametrize("uri", ["https://evil.example/", "http://[::1#", "x"])
def test_no_redirect_to_what_is_not_registered(uri: str) -> None:
    page = paged(redirect_uri=uri, response_type="nonsense", scope='"')
    assert page.rule == "RFC6749-3.1.2.4"


@pytest.mark.rule("RFC6749-3.1")
def test_another_parameter_sent_twice_is_told_to_the_app() -> None:
    refusal, way = refused(("scope", "x"))
    assert (refusal.code, refusal.rule) == ("invalid_request", "RFC6749-3.1")
    assert way.state == "s-1"
    refusal, way = refused(("state", "s-2"))
    assert refusal.rule == "RFC6749-3.1"
    assert way.state is None


@pytest.mark.parametrize(
    ("changes", "code", "rule"),
    [
        ({"request": "x"}, "request_not_supported", "OIDC-6.1"),
        ({"request_uri": "x"}, "request_uri_not_supported", "OIDC-6.2"),
        ({"response_type": None}, "invalid_request", "RFC6749-3.1.1"),
        ({"response_type": "token"}, "unsupported_response_type", "RFC6749-3.1.1"),
        ({"response_type": "code token"}, "unsupported_response_type", "RFC6749-3.1.1"),
        ({"response_mode": "web_message"}, "invalid_request", "OAuth-Multiple-2.1"),
        ({"code_challenge": None}, "invalid_request", "RFC7636-4.4.1"),
        ({"code_challenge_method": "plain"}, "invalid_request", "RFC7636-4.2"),
        ({"code_challenge_method": None}, "invalid_request", "RFC7636-4.2"),
        ({"code_challenge": "short"}, "invalid_request", "RFC7636-4.3"),
        ({"scope": 'read:"x"'}, "invalid_scope", "RFC6749-3.3"),
        ({"audience": "https://nowhere/"}, "access_denied", "Auth0-audience"),
        ({"connection": "nowhere"}, "invalid_request", "Auth0-connection"),
        ({"prompt": "dance"}, "invalid_request", "OIDC-3.1.2.1.prompt"),
        ({"prompt": "none login"}, "invalid_request", "OIDC-3.1.2.1.none"),
        ({"max_age": "-1"}, "invalid_request", "OIDC-3.1.2.1.max_age"),
        ({"claims": "{"}, "invalid_request", "OIDC-5.5"),
        ({"id_token_hint": "x.y.z"}, "invalid_request", "OIDC-3.1.2.1.id_token_hint"),
    ],
)
@pytest.mark.rule("OIDC-6.1")
@pytest.mark.rule("OIDC-6.2")
@pytest.mark.rule("RFC6749-3.1.1")
@pytest.mark.rule("OAuth-Multiple-2.1")
@pytest.mark.rule("Auth0-audience")
@pytest.mark.rule("Auth0-connection")
def test_refusals_that_travel_to_the_app(
    changes: dict[str, str | None], code: str, rule: str
) -> None:
    refusal, way = refused(**changes)
    assert (refusal.code, refusal.rule) == (code, rule)
    assert way == WayBack(
        redirect_uri=CALLBACK, mode="query", state="s-1", issuer=ISSUER
    )


@pytest.mark.rule("RFC6749-4.1.2.1.unauthorized_client")
def test_a_client_without_the_grant() -> None:
    refusal, _ = refused(within=catalogue(client(grant_types=("refresh_token",))))
    assert refusal.code == "unauthorized_client"
    assert refusal.says == (
        "Grant type 'authorization_code' not allowed for the client."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": 'é"\r\n'},
        {"response_mode": "é\\"},
        {"audience": "https://é/\x01"},
    ],
)
def test_what_is_repeated_fits_an_error_description(changes: dict[str, str]) -> None:
    refusal, _ = refused(**changes)
    assert not set('"\\\r\n\x01') & set(refusal.says)
    assert refusal.says.isascii()


def test_pkce_is_the_confidential_clients_choice_unless_it_is_held_to_it() -> None:
    web = client(auth_method="client_secret_post")
    none = {"code_challenge": None, "code_challenge_method": None}
    assert checked(within=catalogue(web), **none).challenge is None
    held = client(auth_method="client_secret_post", options={"require_pkce": True})
    refusal, _ = refused(within=catalogue(held), **none)
    assert refusal.rule == "RFC7636-4.4.1"


@pytest.mark.rule("Auth0-audience")
def test_which_api_is_meant() -> None:
    other = api(id="api2", identifier="https://other.example.com/")
    both = {"apis": (api(), other)}
    default = {"default_audience": API}
    assert checked(within=catalogue(**both), audience=API).audience == API
    assert checked(within=catalogue(**both, settings=default)).audience == API
    assert checked(within=catalogue(**both), resource=API).audience == ""
    with_resource = catalogue(**both, settings=default | {"resource_parameter": True})
    assert (
        checked(within=with_resource, resource=other.identifier).audience
        == other.identifier
    )
    assert (
        checked(within=with_resource, resource=other.identifier, audience=API).audience
        == API
    )
    assert checked(within=with_resource, audience=f"{ISSUER}userinfo").api is None
    refusal, _ = refused(audience="https://api.example.com")
    assert refusal.says == "Service not found: https://api.example.com"


@pytest.mark.rule("Auth0-connection")
def test_a_connection_has_to_serve_the_client() -> None:
    assert checked(connection="Users").connection == "Users"
    closed = catalogue(enabled=("other",))
    refusal, _ = refused(within=closed, connection="Users")
    assert refusal.rule == "Auth0-connection"


@pytest.mark.rule("Auth0-third-party")
@pytest.mark.parametrize(
    "name", ["claims", "id_token_hint", "invitation", "login_ticket", "screen_hint"]
)
def test_what_third_party_clients_may_not_send(name: str) -> None:
    foreign = catalogue(client(options={"first_party": False}))
    refusal, _ = refused((name, "{}"), within=foreign)
    assert (refusal.code, refusal.rule) == ("invalid_request", "Auth0-third-party")
    assert checked(within=foreign, login_hint="ada@example.com")


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_each_response_mode_carries_state_and_issuer(mode: str) -> None:
    target = WEB if mode == "form_post" else CALLBACK
    way = checked(
        within=BOTH, redirect_uri=target, response_mode=mode, state="a b&c"
    ).way_back
    reply = answer(way, (("code", "ac_1"),))
    fields = (("code", "ac_1"), ("state", "a b&c"), ("iss", ISSUER))
    if mode == "form_post":
        assert reply == FormPost(action=WEB, fields=fields)
        return
    mark = "#" if mode == "fragment" else "?"
    assert isinstance(reply, Redirect)
    assert reply.status == 303
    assert reply.location == (
        f"{CALLBACK}{mark}code=ac_1&state=a%20b%26c&iss=https%3A%2F%2Fid.example.com%2F"
    )


def test_an_error_takes_the_mode_that_was_asked() -> None:
    refusal, way = refused(
        within=BOTH,
        redirect_uri=WEB,
        response_mode="form_post",
        response_type="token",
    )
    reply = error_answer(way, refusal)
    assert isinstance(reply, FormPost)
    names = dict(reply.fields)
    assert names == {
        "error": "unsupported_response_type",
        "error_description": "Unsupported response type: token",
        "state": "s-1",
        "iss": ISSUER,
    }


def test_a_form_cannot_be_posted_to_a_private_use_scheme() -> None:
    refusal, way = refused(response_mode="form_post")
    assert refusal.code == "invalid_request"
    assert isinstance(error_answer(way, refusal), Redirect)


def test_without_a_state_none_is_sent() -> None:
    refusal, way = refused(state=None, scope="\\")
    reply = error_answer(way, refusal)
    assert isinstance(reply, Redirect)
    assert "state=" not in reply.location
    assert isinstance(refusal, ProtocolRefusal)


def test_the_request_is_kept_to_be_started_again() -> None:
    first = checked(audience=API, prompt="login")
    again = check(first.params.items(), catalogue(), issuer=ISSUER, hint_keys=())
    assert again == first
    assert msgspec.json.encode(first.params)
