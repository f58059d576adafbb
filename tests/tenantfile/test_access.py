"""APIs, client grants, roles and databases; settings."""

from __future__ import annotations

import pytest

from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import Passkeys
from gatelodge.model.writes import (
    PutApi,
    PutClient,
    PutConnection,
    PutGrant,
    PutRole,
    PutSetting,
)
from gatelodge.tenantfile import databases
from gatelodge.tenantfile.export import dump
from tests.tenantfile.plans import EMPTY, applied, planned, refused, written

API = """\
resourceServers:
  - identifier: https://api.example.com/
    scopes: [{value: read:x, description: Read}, {value: write:x}]
"""


def test_an_api_has_safe_defaults():
    (put,) = written(planned(API), PutApi)
    api = put.api
    assert (api.name, api.signing_alg) == ("https://api.example.com/", "RS256")
    assert api.token_lifetime == 86_400
    assert not api.options.allow_offline_access
    assert not api.options.skip_consent
    assert not api.options.enforce_policies
    assert api.options.dialect == "access_token"
    assert api.options.user_policy == "allow_all"
    assert api.options.client_policy == "require_client_grant"
    assert [scope.value for scope in api.scopes] == ["read:x", "write:x"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("identifier: 'has space'", "text without spaces"),
        ("identifier: a, name: <b>", "no < or >"),
        ("identifier: a, signing_alg: HS256", "HS256 cannot sign here"),
        ("identifier: a, token_lifetime: 2592001", "1 to 2592000 seconds"),
        ("identifier: a, token_dialect: x", "'x' is not one of access_token"),
        ("identifier: a, scopes: [{value: 'a b'}]", "no spaces or quotes"),
        ("identifier: a, scopes: [{value: a}, {value: a}]", "stands here twice"),
        (
            "identifier: a, subject_type_authorization: {user: {policy: maybe}}",
            "'maybe' is not one of allow_all",
        ),
        ("identifier: a, claims: {scope: x}", "'scope' is registered"),
        ("identifier: a}, {identifier: a", "'a' stands here twice"),
    ],
)
def test_what_an_api_may_not_be(text, says):
    found = refused(f"resourceServers: [{{{text}}}]")
    assert any(says in one for one in found), found


GRANT = "clientGrants: [{client_id: Job, audience: https://api.example.com/, %s}]\n"
JOB = "clients: [{name: Job, client_id: job, app_type: non_interactive}]\n"


@pytest.mark.parametrize("name", ["Job", "job"])
def test_a_grant_names_its_client_by_name_or_id(name):
    plan = planned(API + JOB + (GRANT % "scope: [read:x]").replace("Job", name))
    (put,) = written(plan, PutGrant)
    (api,) = written(plan, PutApi)
    assert put.grant.client_id == "job"
    assert put.grant.api_id == api.api.id
    assert put.grant.scopes == ("read:x",)
    assert put.grant.subject_type == "client"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GRANT % "scope: []", "there is no client 'Job', by client_id or by name"),
        (JOB + GRANT % "scope: []", "there is no API 'https://api.example.com/'"),
        (API + JOB + GRANT % "scope: [raed:x]", "has no scope raed:x"),
        (API + JOB + GRANT % "subject_type: all", "is not one of client, user"),
    ],
)
def test_a_grant_of_what_is_not_there(text, says):
    assert any(says in one for one in refused(text))


def test_two_clients_of_one_name_cannot_be_meant_by_it():
    text = (
        "clients: [{name: Job, client_id: a, app_type: native},"
        " {name: Job, client_id: b, app_type: native}]\n"
    )
    assert "several clients are called 'Job'" in refused(text + API + GRANT % "")[0]


def test_the_management_api_is_left_out():
    text = (
        JOB + "clientGrants: [{client_id: job, audience: https://t.auth0.com/api/v2/}]"
    )
    plan = planned(text)
    assert written(plan, PutGrant) == []
    assert "the Management API" in str(plan.warnings[0])


def test_a_role_holds_permissions_that_exist():
    one = "{permission_name: %s, resource_server_identifier: https://api.example.com/}"
    text = API + "roles: [{name: Reader, permissions: [%s]}]"
    (put,) = written(planned(text % (one % "read:x")), PutRole)
    assert [held.value for held in put.role.permissions] == ["read:x"]
    assert "has no scope 'read:y'" in refused(text % (one % "read:y"))[0]


def test_a_database_knows_its_clients_by_name():
    text = JOB + (
        "databases: [{name: Username-Password-Authentication, strategy: auth0,"
        " enabled_clients: [Job], options: {passwordPolicy: low, disable_signup: true,"
        " password_complexity_options: {min_length: 12}}}]"
    )
    (put,) = written(planned(text), PutConnection)
    options = put.connection.options
    assert put.connection.id == "con_1"
    assert options.enabled_clients == ("job",)
    assert (options.password_policy, options.password_min_length) == ("low", 12)
    assert options.disable_signup


def test_a_database_says_what_it_does_with_passkeys():
    text = (
        "databases: [{name: Username-Password-Authentication, options:"
        " {authentication_methods: {passkey: {enabled: false}}, passkey_options:"
        " {challenge_ui: button, progressive_enrollment_enabled: false}}}]"
    )
    (put,) = written(planned(text), PutConnection)
    wanted = Passkeys(
        enabled=False, challenge_ui="button", progressive_enrollment=False
    )
    assert put.connection.options.passkeys == wanted
    again = CatalogueRows(connections=(put.connection,))
    assert planned(text, again).changes == ()
    exported = databases.to_file(put.connection)
    assert planned(dump({"databases": [exported]}, as_json=False), again).changes == ()


@pytest.mark.parametrize(
    ("domain", "good"),
    [
        ("example.com", True),
        ("null", True),
        ("com", False),
        ("https://example.com", False),
        ("Example.com", False),
        ("192.0.2.1", False),
    ],
)
def test_the_domain_of_passkeys_is_a_domain(domain, good):
    text = f"tenant: {{passkey_rp_id: '{domain}'}}".replace("'null'", "null")
    if good:
        planned(text)
    else:
        assert "is not a domain" in refused(text)[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("options: {passkey_options: {challenge_ui: loud}}", "not one of both"),
        ("enabled_clients: [nobody]", "there is no client 'nobody'"),
        ("options: {passwordPolicy: strong}", "is not one of none, low"),
        ("options: {password_complexity_options: {min_length: 0}}", "1 to 128"),
    ],
)
def test_what_a_database_may_not_be(text, says):
    found = refused(f"databases: [{{name: Users, {text}}}]")
    assert any(says in one for one in found)


def test_another_strategy_is_left_out():
    plan = planned("databases: [{name: Google, strategy: google-oauth2}]")
    assert plan.changes == ()
    assert "left out: strategy 'google-oauth2'" in str(plan.warnings[0])


def test_settings_are_turned_into_ours():
    text = (
        API
        + """\
tenant:
  friendly_name: Acme
  session_lifetime: 0.5
  session_cookie: {mode: non-persistent}
  default_audience: https://api.example.com/
  resource_parameter_profile: compatibility
  flags: {enable_public_signup_user_exists_error: true}
  picture_url: https://example.com/logo.png
branding: {colors: {primary: '#112233'}}
"""
    )
    put = {write.key: write.value for write in written(planned(text), PutSetting)}
    assert put == {
        "friendly_name": "Acme",
        "session_lifetime": 1800,
        "session_cookie_persistent": False,
        "default_audience": "https://api.example.com/",
        "resource_parameter": True,
        "public_signup_user_exists_error": True,
        "branding": {
            "accent": "#112233",
            "logo_url": "https://example.com/logo.png",
            "privacy_url": None,
            "terms_url": None,
        },
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tenant: {default_audience: https://nowhere/}", "nobody could sign in"),
        ("tenant: {session_lifetime: 0}", "above 0 and at most 8760 hours"),
        ("tenant: {session_cookie: {mode: sticky}}", "is not one of persistent"),
        ("tenant: {error_profile: loud}", "Invalid enum value 'loud'"),
        ("tenant: {enabled_locales: []}", "at least one language"),
        ("tenant: {code_lifetime: 601}", "1 to 600"),
        ("tenant: {support_url: 'javascript:x'}", "not an http or https URL"),
        ("tenant: {allowed_logout_urls: ['https://*.x.example']}", "wildcards"),
        ("branding: {colors: {primary: blue}}", "not a colour such as #3a5bc7"),
    ],
)
def test_what_a_setting_may_not_be(text, says):
    found = refused(text)
    assert any(says in one for one in found), found


WHOLE = (
    API
    + JOB
    + GRANT % "scope: [read:x]"
    + "roles: [{name: Reader, description: Reads}]\n"
    + "tenant: {friendly_name: Acme}\n"
)


def test_a_second_run_changes_nothing():
    rows = applied(EMPTY, planned(WHOLE))
    assert planned(WHOLE, rows).changes == ()


def test_what_the_file_does_not_say_stays():
    rows = applied(EMPTY, planned(WHOLE))
    later = planned("clients: [{name: Job, description: Nightly}]\n", rows)
    (change,) = later.changes
    assert [(d.field, d.before, d.after) for d in change.details] == [
        ("description", "", "Nightly")
    ]
    (put,) = written(later, PutClient)
    assert put.client.client_id == "job"
    assert put.client.grant_types == ("client_credentials",)


def test_every_change_has_its_line_in_the_log_without_secrets():
    plan = planned(WHOLE)
    (secret,) = plan.secrets
    for change in plan.changes:
        line = change.writes[-1].line
        assert line.type == "sapi"
        assert line.details["description"].startswith(("Create ", "Update "))
        assert secret.secret.reveal() not in repr(line)


def test_algorithms_that_are_wanted_are_told():
    text = "resourceServers: [{identifier: a, signing_alg: ES256}]\n"
    text += "clients: [{name: A, app_type: spa, jwt_configuration: {alg: EdDSA}}]"
    assert planned(text).algorithms == {"RS256", "ES256", "EdDSA"}
