"""Django's decorator and middleware, through Django's own test clients."""

from __future__ import annotations

import types

import django
import pytest
from django.conf import settings
from django.http import JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path

from gatelodge_guard import Mistake
from gatelodge_guard.django import DjangoGuard

MIDDLEWARE = "gatelodge_guard.django.guard_middleware"


@pytest.fixture(scope="module")
def _django():
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["testserver"], SECRET_KEY="for the tests")
        django.setup()


@pytest.fixture
def site(_django, token_issuer):
    guard = DjangoGuard(token_issuer.guard(resource="https://api.test"))

    @guard.require("read:timesheets")
    def read(request, number):
        return JsonResponse({"sub": request.claims.sub, "number": number})

    @guard.require("read:timesheets")
    async def later(request):
        return JsonResponse({"sub": request.claims.sub})

    def plain(request):
        return JsonResponse({"sub": getattr(request, "claims", None) and "known"})

    urls = types.ModuleType("urls")
    urls.urlpatterns = [
        path("timesheets/<int:number>", read),
        path("later", later),
        path("plain", plain),
        path("health", plain),
        path(".well-known/oauth-protected-resource", guard.metadata),
    ]
    with override_settings(ROOT_URLCONF=urls):
        yield


def test_the_decorator_lets_a_good_token_in(site, token_issuer):
    headers = token_issuer.header("auth0|ada", scope="read:timesheets")
    answer = Client().get("/timesheets/7", headers=headers)
    assert answer.json() == {"sub": "auth0|ada", "number": 7}


def test_the_decorator_keeps_others_out(site, token_issuer):
    client = Client()
    nothing = client.get("/timesheets/7")
    assert nothing.status_code == 401
    assert "resource_metadata=" in nothing["WWW-Authenticate"]
    too_little = client.get(
        "/timesheets/7", headers=token_issuer.header(scope="openid")
    )
    assert too_little.status_code == 403
    good = token_issuer.header(scope="read:timesheets")
    assert client.get("/timesheets/7?access_token=x", headers=good).status_code == 400


async def test_async_views_are_guarded_too(site, token_issuer):
    client = AsyncClient()
    good = token_issuer.header(scope="read:timesheets")
    assert (await client.get("/later", headers=good)).json() == {"sub": "auth0|ada"}
    assert (await client.get("/later")).status_code == 401


def test_the_metadata_document_is_served(site):
    answer = Client().get("/.well-known/oauth-protected-resource")
    assert answer.json()["resource"] == "https://api.test"


async def test_the_middleware_guards_the_whole_site(site, token_issuer):
    changes = {
        "MIDDLEWARE": [MIDDLEWARE],
        "GATELODGE_GUARD": token_issuer.guard(),
        "GATELODGE_OPEN_PATHS": ["/health"],
    }
    with override_settings(**changes):
        client, later = Client(), AsyncClient()
        assert client.get("/plain").status_code == 401
        assert (await later.get("/plain")).status_code == 401
        good = token_issuer.header()
        assert client.get("/plain", headers=good).json() == {"sub": "known"}
        assert (await later.get("/plain", headers=good)).json() == {"sub": "known"}
        assert client.get("/health").json() == {"sub": None}
        assert (await later.get("/health")).json() == {"sub": None}


def test_a_middleware_without_its_guard_is_a_mistake(site):
    with override_settings(MIDDLEWARE=[MIDDLEWARE]), pytest.raises(Mistake):
        Client().get("/plain")
