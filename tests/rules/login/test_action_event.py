"""What actions are told of a request never sounds like a secret."""

from __future__ import annotations

import pytest

from gatelodge.login.action_event import harmless, user
from gatelodge.model.user import User


@pytest.mark.parametrize(
    "name",
    [
        "client_secret",
        "refresh_token",
        "code",
        "code_verifier",
        "password",
        "client_assertion",
        "id_token_hint",
        "subject_token",
        "otp",
        "binding_code",
        "mfa_token",
        "New-Password",
    ],
)
def test_secrets_are_left_out(name) -> None:
    assert harmless({name: "x", "scope": "openid"}) == {"scope": "openid"}


def test_what_is_unknown_of_a_person_is_left_out() -> None:
    told = user(
        User(
            user_id="github|7",
            connection_id="con_1",
            email_key="",
            email="",
            last_ip="192.0.2.1",
            last_login_at=1000,
            username="seven",
        ),
        None,
    )
    assert {"email", "email_verified", "phone_number"}.isdisjoint(told)
    assert told["username"] == "seven"
    assert told["last_login"] == "1970-01-01T00:00:01.000Z"
    assert told["identities"][0]["user_id"] == "7"
