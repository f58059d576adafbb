"""Connections by mail and text, and what belongs to them, in the tenant file."""

from __future__ import annotations

import pytest

from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import Passwordless
from gatelodge.model.writes import (
    DeleteConnection,
    PutClient,
    PutConnection,
    PutSetting,
)
from gatelodge.tenantfile import export

from .plans import planned, refused, written

BOTH = """
    connections:
      - name: email
        strategy: email
        options:
          send: link
          totp: {time_step: 300, length: 6}
          disable_signup: true
          link_by_verified_email: true
      - name: sms
        strategy: sms
        show_as_button: false
        options:
          template: "{{ code }} opens {tenant}"
          regions: [DE, GB]
          most_per_hour: 50
"""


def stored(plan) -> CatalogueRows:
    made = tuple(write.connection for write in written(plan, PutConnection))
    return CatalogueRows(connections=made)


def test_both() -> None:
    email, sms = (w.connection for w in written(planned(BOTH), PutConnection))
    assert email.options.passwordless == Passwordless(send="link", lifetime=300)
    assert email.options.disable_signup
    assert email.options.link_by_verified_email
    assert not sms.options.link_by_verified_email
    assert sms.options.passwordless == Passwordless(
        text="{code} opens {tenant}", regions=("DE", "GB"), most_per_hour=50
    )
    assert not sms.options.show_as_button


def test_a_second_run_changes_nothing() -> None:
    assert written(planned(BOTH, stored(planned(BOTH))), PutConnection) == []


def test_what_is_written_out_is_read_again() -> None:
    rows = stored(planned(BOTH))
    out = export.dump(
        export.to_file(rows, (), export.Belongings(), hashes=False), as_json=True
    )
    assert written(planned(out, rows), PutConnection) == []
    again = written(planned(out), PutConnection)[0].connection
    assert again.strategy == "email"
    assert again.options.link_by_verified_email


def test_what_the_file_does_not_say_stays() -> None:
    text = "connections: [{name: sms, strategy: sms, options: {most_per_hour: 9}}]"
    (write,) = written(planned(text, stored(planned(BOTH))), PutConnection)
    own = write.connection.options.passwordless
    assert (own.most_per_hour, own.regions) == (9, ("DE", "GB"))
    text = "connections: [{name: sms, strategy: sms, options: {regions: null}}]"
    (write,) = written(planned(text, stored(planned(BOTH))), PutConnection)
    assert write.connection.options.passwordless.regions is None


@pytest.mark.parametrize(
    ("strategy", "options", "said"),
    [
        ("email", "{send: pigeon}", "code or link"),
        ("sms", "{send: link}", "a text holds a code"),
        ("email", "{totp: {length: 8}}", "6 digits"),
        ("email", "{totp: {time_step: 5}}", "30 to 3600"),
        ("sms", "{template: no code}", "write {code}"),
        ("sms", "{template: '" + "{code}" * 51 + "'}", "at most 300"),
        ("sms", "{regions: [Germany]}", "no"),
        ("sms", "{most_per_hour: 0}", "at least 1"),
    ],
)
def test_what_would_not_work(strategy, options, said) -> None:
    text = f"connections: [{{name: x, strategy: {strategy}, options: {options}}}]"
    assert any(said in reason for reason in map(str, refused(text)))


def test_a_strategy_never_changes() -> None:
    text = "connections: [{name: email, strategy: sms}]"
    reasons = refused(text, stored(planned(BOTH)))
    assert "never changes" in str(reasons)


def test_pruning() -> None:
    plan = planned("connections: []", stored(planned(BOTH)), pruning=True)
    assert len(written(plan, DeleteConnection)) == 2


def test_a_client_s_options() -> None:
    text = """
        clients:
          - name: A
            app_type: native
            grant_types: [password, "http://auth0.com/oauth/grant-type/passwordless/otp"]
            native_social_login: {apple: {enabled: true}, google: {enabled: false}}
            is_token_endpoint_ip_header_trusted: true
    """
    (put,) = written(planned(text), PutClient)
    assert put.client.options.native_social == ("apple",)
    assert put.client.options.trusts_forwarded_for
    assert "password" in put.client.grant_types
    rows = CatalogueRows(clients=(put.client,))
    more = f"""
        clients:
          - client_id: {put.client.client_id}
            name: A
            native_social_login: {{facebook: {{enabled: true}}}}
    """
    (put,) = written(planned(more, rows), PutClient)
    assert put.client.options.native_social == ("apple", "facebook")


def test_tenant_settings() -> None:
    text = """
        tenant:
          default_directory: people
          phone_region: DE
          flags: {enforce_client_authentication_on_passwordless_start: false}
        databases: [{name: people}]
    """
    found = {write.key: write.value for write in written(planned(text), PutSetting)}
    assert found == {
        "default_directory": "people",
        "phone_region": "DE",
        "enforce_client_authentication_on_passwordless_start": False,
    }


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("default_directory: nobody", "there is no database"),
        ("default_directory: email", "there is no database"),
        ("phone_region: Germany", "no"),
    ],
)
def test_settings_that_would_not_work(setting, said) -> None:
    text = f"tenant: {{{setting}}}"
    assert said in str(refused(text, stored(planned(BOTH))))


def test_apps_of_a_social_connection() -> None:
    text = """
        connections:
          - name: google-oauth2
            strategy: google-oauth2
            options: {client_id: us, allowed_audiences: [android, ios]}
    """
    (write,) = written(planned(text), PutConnection)
    assert write.connection.options.upstream.native_ids == ("android", "ios")
    assert written(planned(text, stored(planned(text))), PutConnection) == []
