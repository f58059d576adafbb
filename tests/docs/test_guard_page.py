"""Every Python example of the guard's page runs, and guards."""

from __future__ import annotations

import django
import pytest
from django.conf import settings
from django.test import RequestFactory
from fastapi.testclient import TestClient

import gatelodge_guard
from gatelodge_guard import Guard
from gatelodge_guard.testing import TokenIssuer
from tests.docs.pages import ROOT, fences

PAGE = ROOT / "packages" / "guard" / "README.md"
EXAMPLES = [one.code for one in fences(PAGE) if one.language == "python"]
METADATA = "/.well-known/oauth-protected-resource"


@pytest.fixture
def issuer():
    """The issuer that the page names, in this process."""
    return TokenIssuer(
        "https://login.example.com/", audience="https://timesheets.example.com"
    )


@pytest.fixture
def example(monkeypatch, issuer):
    """Run the one example that holds ``mark``; gives its names."""

    def guard(**given):
        return Guard(**{"transport": issuer.transport, **given})

    def run(mark):
        (code,) = [one for one in EXAMPLES if mark in one]
        monkeypatch.setattr(gatelodge_guard, "Guard", guard)
        names = {"__name__": "example"}
        exec(compile(code, f"guard README: {mark}", "exec"), names)  # noqa: S102 - our own README
        return names

    return run


MARKS = (
    "FastAPIGuard(\n",
    "Flask(",
    "DjangoGuard(",
    "GuardMiddleware(",
    "guard.reply(refusal)",
    "def test_",
    "CompanyProxy()",
    "jws.verify",
)


def test_every_example_has_its_test():
    assert [sum(mark in code for mark in MARKS) for code in EXAMPLES] == [1] * len(
        MARKS
    )


def test_fastapi(example, issuer):
    client = TestClient(example("FastAPIGuard(\n")["app"])
    _guards(lambda headers: client.get("/timesheets", headers=headers), issuer)
    manager = issuer.header(permissions=["approve:timesheets"])
    answer = client.post("/approvals", headers=manager)
    assert answer.json() == {"approved by": "auth0|ada"}
    assert client.post("/approvals", headers=issuer.header()).status_code == 403


def test_flask(example, issuer):
    client = example("Flask(")["app"].test_client()
    _guards(lambda headers: client.get("/timesheets", headers=headers), issuer)


def test_django(example, issuer):
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["testserver"], SECRET_KEY="for the tests")
        django.setup()
    read, requests = example("DjangoGuard(")["read"], RequestFactory()
    _guards(lambda headers: read(requests.get("/timesheets", headers=headers)), issuer)


def test_asgi(example, issuer):
    client = TestClient(example("GuardMiddleware(")["app"])
    _guards(lambda headers: client.get("/timesheets", headers=headers), issuer)
    assert client.get(METADATA).json()["authorization_servers"] == [issuer.issuer]


def test_without_a_framework(example):
    assert example("guard.reply(refusal)")["reply"].status == 403


def test_the_test_of_an_api(example, token_issuer):
    example("def test_")["test_only_managers_approve"](token_issuer)


def test_a_transport_of_your_own(example, issuer):
    guard = example("CompanyProxy()")["guard"]
    with pytest.raises(gatelodge_guard.Refusal) as refused:
        guard.check(issuer.header()["Authorization"])
    assert refused.value.status == 503


def test_other_jwts(example):
    assert example("jws.verify")["verified"].payload["sub"] == "auth0|ada"


def _guards(call, issuer):
    """With the scope in; without it, or without a token, out."""
    answer = call(issuer.header(scope="read:timesheets"))
    body = getattr(answer, "text", None) or answer.content.decode()
    assert (answer.status_code, "auth0|ada" in body) == (200, True)
    assert call(issuer.header()).status_code == 403
    assert call({}).status_code == 401
