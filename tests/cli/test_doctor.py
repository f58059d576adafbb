"""doctor: each thing that goes wrong in practice, with its remedy."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from gatelodge.base.encoding import unb64url
from gatelodge.base.seal import Sealer
from gatelodge.base.secret import Secret
from gatelodge.cli import reach
from gatelodge.mail.message import PURPOSE
from gatelodge.model.key import Outgoing
from gatelodge.model.writes import QueueMail
from tests.services.loopback import free_port

MAIL = b'{"recipient": "x", "subject": "s", "text": "t", "html": "h"}'

KIDS = frozenset({"ours"})


def seen(office, **how):
    code = how.pop("code", 0)
    found = json.loads(office.says("doctor", "--json", code=code, **how))
    return {one["about"]: one for one in found}


@pytest.fixture
def quiet(tenant):
    """A tenant whose issuer nobody else can answer for."""
    url = f"http://localhost:{free_port()}"
    tenant.env = {"GATELODGE_ISSUER": url}
    return tenant


def test_a_sound_tenant(quiet):
    found = seen(quiet, env=quiet.env)
    for about in ("configuration", "migrations", "clock", "files", "master key"):
        assert found[about]["state"] == "ok", found[about]
    assert found["mail"]["remedy"].startswith("set --smtp")
    assert found["issuer"]["state"] == "warn"
    assert "does not answer here" in found["issuer"]["text"]
    said = quiet.says("doctor", env=quiet.env)
    assert "ok   migrations" in said
    assert "      -> set --smtp" in said


def test_before_the_first_run(office):
    env = {"GATELODGE_ISSUER": f"http://localhost:{free_port()}"}
    found = seen(office, env=env)
    assert "there is no database" in found["database"]["text"]
    assert not office.folder.exists()


def test_what_fails_makes_it_exit_1(quiet):
    (quiet.folder / "gatelodge.db").chmod(0o644)
    (quiet.folder / "master.key").write_text("A" * 43 + "\n")
    (quiet.folder / "master.key").chmod(0o644)
    found = seen(quiet, env=quiet.env, code=1)
    assert "chmod 600" in found["configuration"]["remedy"]
    assert "does not open" in found["master key"]["text"]
    assert found["files"]["state"] == "warn"


def test_what_waits_for_a_master_key_that_is_not_here(quiet):
    file = quiet.folder / "master.key"
    old = file.read_text()
    quiet.says("keys", "master", "--rotate")
    both = file.read_text()
    quiet.says("keys", "rotate")  # the newest key is sealed with the new master key
    sealer = Sealer((unb64url(both.splitlines()[0]),))
    sealed = sealer.seal(MAIL, purpose=PURPOSE, nonce=bytes(12))
    mail = Outgoing(id="a", recipient="x", sealed=sealed, created_at=1, due_at=1)
    quiet.write(QueueMail(mail=mail))
    assert seen(quiet, env=quiet.env)["master key"]["state"] == "ok"
    file.write_text(old)
    found = seen(quiet, env=quiet.env, code=1)["master key"]
    assert "1 of the signing keys, 1 of the mails that wait" in found["text"]
    assert "on every node" in found["remedy"]
    said = quiet.says("keys", "rotate", code=1)
    assert "sealed with a master key that is not here" in said


def test_leeway_zero_is_named(quiet):
    quiet.apply("clients: [{name: Mobile, refresh_token: {leeway: 0}}]")
    found = seen(quiet, env=quiet.env)
    assert "'Mobile' has leeway 0" in found["refresh tokens"]["text"]


def test_a_proxy_nobody_trusts(quiet):
    env = {
        "GATELODGE_ISSUER": "https://localhost:9",
        "GATELODGE_SMTP": "smtp://localhost:9",
    }
    found = seen(quiet, env=env, code=1)
    assert "--trusted-proxies" in found["proxies"]["remedy"]
    assert "localhost:9 refuses us" in found["mail"]["text"]


def test_an_older_schema_and_a_database_that_is_down(office):
    office.folder.mkdir()
    (office.folder / "gatelodge.db").touch()
    env = {"GATELODGE_ISSUER": f"http://localhost:{free_port()}"}
    assert "db migrate" in seen(office, env=env, code=1)["migrations"]["text"]
    office.database = "postgresql://nobody@127.0.0.1:9/none"
    assert seen(office, env=env, code=1)["database"]["remedy"] == "check --database"


@pytest.fixture
def answering():
    """An HTTP server that says what it is told to say as discovery document."""

    class Handler(BaseHTTPRequestHandler):
        body = b""
        date = None

        def do_GET(self):
            self.send_response_only(200)
            if self.date:
                self.send_header("Date", self.date)
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", Handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_issuer_that_answers_as_another(answering):
    url, handler = answering
    handler.body = b'{"issuer": "https://inside.example/"}'
    ((state, about, text, remedy),) = reach.issuer(url, KIDS)
    assert (state, about) == ("fail", "issuer")
    assert "'https://inside.example/'" in text
    assert "Host header" in remedy


def test_an_issuer_with_another_database(answering):
    url, handler = answering
    for kid, state in (("ours", "ok"), ("theirs", "warn")):
        said = {"issuer": url, "keys": [{"kid": kid}, "no key"]}
        handler.body = json.dumps(said).encode()
        found = reach.issuer(url, KIDS)[0]
        assert found[0] == state
    assert "another database" in found[2]


@pytest.mark.parametrize("body", [b"[]", b"<html>", b"\xff"])
def test_an_issuer_that_is_something_else(answering, body):
    url, handler = answering
    handler.body = body
    assert reach.issuer(url, KIDS)[0][0] != "ok"


def test_a_clock_that_is_off(answering):
    url, handler = answering
    handler.body = json.dumps({"issuer": url, "keys": [{"kid": "ours"}]}).encode()
    handler.date = "Tue, 01 Jan 2030 00:00:00 GMT"
    found = reach.issuer(url, KIDS)
    assert found[0][0] == "ok"
    assert "clock differs" in found[1][2]


def test_plain_http_behind_an_https_issuer_is_a_tls_failure(answering):
    url, _ = answering
    ((state, about, _, remedy),) = reach.issuer(url.replace("http:", "https:"), KIDS)
    assert (state, about) == ("fail", "TLS")
    assert "certificate" in remedy


def test_a_mail_server_is_greeted_and_signed_in_to():
    def sign_in(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (b"u", b"p")
        return AuthResult(success=good)

    controller = Controller(
        object(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=sign_in,
        auth_require_tls=False,
        auth_required=False,
    )
    controller.start()
    try:
        good = f"smtp://u:p@127.0.0.1:{controller.port}"
        ((state, _, text, _),) = reach.mail(Secret(good))
        assert (state, text) == ("ok", f"127.0.0.1:{controller.port} takes our mail")
        bad = good.replace("u:p", "u:hunter2")
        ((state, _, text, _),) = reach.mail(Secret(bad))
        assert state == "fail"
        assert "refuses us" in text
        assert "hunter2" not in text
        ((state, _, _, remedy),) = reach.mail(Secret(f"{good}?starttls=1"))
        assert state == "fail"
        assert "starttls" in remedy
    finally:
        controller.stop()


def test_without_a_mail_server_there_is_nothing_to_say():
    assert reach.mail(None) == []


def test_texts_that_nobody_sends(quiet):
    quiet.apply("connections: [{name: sms, strategy: sms}]", "--yes", env=quiet.env)
    assert "texts" not in seen(quiet, env=quiet.env)  # the mailbox shows them
    smtp = f"smtp://127.0.0.1:{free_port()}"
    found = seen(quiet, env={**quiet.env, "GATELODGE_SMTP": smtp}, code=1)
    assert (found["texts"]["state"], "sms" in found["texts"]["text"]) == ("warn", True)
    sms = {"GATELODGE_SMS": "twilio://a:b@api.twilio.com", "GATELODGE_SMS_FROM": "+1"}
    found = seen(quiet, env={**quiet.env, "GATELODGE_SMTP": smtp, **sms}, code=1)
    assert "texts" not in found


def test_texts_that_could_not_be_sent(quiet):
    for url in ("twilio://a:b@api.twilio.com", "https://texts.example.com/"):
        found = seen(quiet, env={**quiet.env, "GATELODGE_SMS": url}, code=1)
        assert found["configuration"]["state"] == "fail"
    said = quiet.says("doctor", env={**quiet.env, "GATELODGE_SMS": "ftp://x"}, code=1)
    assert "sms: starts with" in said


def test_passkeys_of_a_domain_that_is_not_ours(quiet):
    near = {"GATELODGE_ISSUER": "https://login.example.com"}
    quiet.apply("tenant: {passkey_rp_id: example.com}", "--yes", env=near)
    assert seen(quiet, env=near)["passkeys"]["state"] == "ok"
    both = {**near, "GATELODGE_MORE_ISSUERS": "https://id.example.org"}
    assert seen(quiet, env=both)["passkeys"]["state"] == "warn"
    found = seen(quiet, env=quiet.env, code=1)["passkeys"]
    assert found["state"] == "fail"
    assert "example.com is neither the host nor a parent domain" in found["text"]
