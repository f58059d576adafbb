"""Social and enterprise connections in the tenant file (contract 1.9)."""

from __future__ import annotations

import json

import pytest

from gatelodge.connections.secret import opened
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.reads import Account
from gatelodge.model.user import Person, User
from gatelodge.model.writes import DeleteConnection, DeleteUser, PutConnection
from gatelodge.tenantfile import upstreams
from gatelodge.tenantfile.accounts import Accounts

from .plans import SEALER, planned, refused, written

GITHUB = """
    connections:
      - name: github
        strategy: github
        display_name: GitHub
        options:
          client_id: us
          client_secret: shown once
          scope: [user]
"""


def stored(plan) -> CatalogueRows:
    made = tuple(write.connection for write in written(plan, PutConnection))
    return CatalogueRows(connections=made)


def test_a_social_connection() -> None:
    (write,) = written(planned(GITHUB), PutConnection)
    connection = write.connection
    upstream = connection.options.upstream
    assert (connection.name, connection.strategy) == ("github", "github")
    assert (upstream.client_id, upstream.scopes) == ("us", ("user",))
    assert not upstream.own_callback
    assert "shown once" not in upstream.sealed_secret
    assert opened(upstream, SEALER) == "shown once"


def test_a_second_run_changes_nothing() -> None:
    assert written(planned(GITHUB, stored(planned(GITHUB))), PutConnection) == []


def test_a_new_secret_is_a_change_and_is_told_to_nobody() -> None:
    plan = planned(GITHUB.replace("shown once", "another"), stored(planned(GITHUB)))
    (write,) = written(plan, PutConnection)
    assert opened(write.connection.options.upstream, SEALER) == "another"
    told = repr(plan.configuration)
    assert "(new)" in told
    assert "another" not in told.replace(repr(write), "")


def test_what_the_file_does_not_say_stays() -> None:
    plan = planned(
        """
        connections:
          - {name: github, strategy: github, show_as_button: false}
        """,
        stored(planned(GITHUB)),
    )
    (write,) = written(plan, PutConnection)
    options = write.connection.options
    assert (options.display_name, options.show_as_button) == ("GitHub", False)
    assert options.upstream.client_id == "us"


def test_auth0s_words_for_both_mechanisms() -> None:
    plan = planned(
        """
        connections:
          - name: partner
            strategy: oidc
            options:
              client_id: us
              issuer: https://partner.example/
              scope: openid email
              set_user_root_attributes: on_first_login
              upstream_params: {audience: {value: x}, screen: y}
          - name: wiki
            strategy: oauth2
            options:
              client_id: us
              authorizationURL: https://wiki.example/a
              tokenURL: https://wiki.example/t
              userInfoURL: https://wiki.example/u
              profile: {external_id: user.id, email: user.mail}
        """
    )
    partner, wiki = (
        w.connection.options.upstream for w in written(plan, PutConnection)
    )
    assert (partner.once, partner.own_callback) == (True, True)
    assert partner.params == {"audience": "x", "screen": "y"}
    assert wiki.token_endpoint == "https://wiki.example/t"
    assert wiki.profile["external_id"] == "user.id"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{}", "client_id"),
        ("{client_id: x, issuer: nowhere}", "no http(s) address"),
        ("{client_id: x}", "issuer"),
        ("{client_id: x, issuer: 'https://x.y', profile: {name: ''}}", "no path"),
        ("{client_id: x, issuer: 'https://x.y', profile: {age: a}}", "no path"),
        (
            "{client_id: x, issuer: 'https://x.y', upstream_params: {state: {alias: a}}}",
            "the protocol's",
        ),
        (
            "{client_id: x, issuer: 'https://x.y', upstream_params: {hint: {alias: []}}}",
            "name of a parameter",
        ),
        (
            "{client_id: x, issuer: 'https://x.y', token_endpoint_auth_method: magic}",
            "not one of",
        ),
        (
            "{client_id: x, issuer: 'https://x.y', set_user_root_attributes: never}",
            "not one of",
        ),
    ],
)
def test_what_a_connection_may_not_be(options, said) -> None:
    text = f"connections: [{{name: p, strategy: oidc, options: {options}}}]"
    assert any(said in one for one in refused(text))


def test_an_oauth2_server_has_to_be_named_in_full() -> None:
    found = refused(
        "connections: [{name: w, strategy: oauth2, options: {client_id: x}}]"
    )
    assert len(found) == 3


def test_the_strategy_of_a_connection_never_changes() -> None:
    text = "connections: [{name: github, strategy: gitlab, options: {client_id: x}}]"
    (found,) = refused(text, stored(planned(GITHUB)))
    assert "never changes" in found


def test_a_strategy_that_is_not_built_is_left_out_and_named() -> None:
    plan = planned("connections: [{name: ad, strategy: waad}]")
    assert written(plan, PutConnection) == []
    assert any("waad" in str(warning) for warning in plan.warnings)


def test_it_is_written_as_it_was_read() -> None:
    (write,) = written(planned(GITHUB), PutConnection)
    said = upstreams.to_file(write.connection)
    assert said["options"]["scope"] == "user"
    assert "client_secret" not in said["options"]


def test_a_parameter_that_the_app_fills_is_written_as_it_was_read() -> None:
    said = {
        "login_hint": {"alias": "login_hint"},
        "audience": "x",
        "lang": {"value": "de", "alias": "ui_locales"},
    }
    text = GITHUB + f"          upstream_params: {json.dumps(said)}\n"
    (write,) = written(planned(text), PutConnection)
    upstream = write.connection.options.upstream
    assert upstream.aliases == {"login_hint": "login_hint", "lang": "ui_locales"}
    assert upstream.params == {"audience": "x", "lang": "de"}
    assert upstreams.to_file(write.connection)["options"]["upstream_params"] == said
    untold = planned(GITHUB.replace("GitHub", "Hub"), stored(planned(text)))
    (again,) = written(untold, PutConnection)
    assert again.connection.options.upstream == upstream


def test_pruned_where_nobody_came_through_it() -> None:
    rows = stored(planned(GITHUB))
    assert written(planned("clients: []", rows, pruning=True), DeleteConnection) == []
    (gone,) = written(planned("connections: []", rows, pruning=True), DeleteConnection)
    assert gone.connection_id == rows.connections[0].id


def test_people_of_other_parties_are_not_the_files_to_delete() -> None:
    rows = stored(planned(GITHUB))
    own = rows.connections[0].id
    user = User(user_id="github|1", connection_id=own, email_key="", email="")
    key = (own, user.user_id)
    known = Accounts(by_key={key: Account(person=Person(user=user))})
    plan = planned("users: []", rows, known, pruning=True)
    assert written(plan, DeleteUser) == []
