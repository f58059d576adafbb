"""The document that tells a client where to get a token for this API."""

from __future__ import annotations

import pytest

from gatelodge_guard.errors import Mistake
from gatelodge_guard.metadata import metadata_url, well_known_path

BASE = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("https://api.test", BASE),
        ("https://api.test/", BASE),
        ("https://api.test/v1/timesheets", f"{BASE}/v1/timesheets"),
    ],
)
def test_the_well_known_part_stands_before_the_path(resource, path):
    assert well_known_path(resource) == path
    assert metadata_url(resource) == f"https://api.test{path}"


def test_a_query_stays_where_it_is():
    assert metadata_url("https://api.test/x?y=1") == f"https://api.test{BASE}/x?y=1"


@pytest.mark.parametrize("resource", ["timesheets", "https://api.test/#a", "urn:api"])
def test_only_absolute_urls_have_metadata(resource):
    with pytest.raises(Mistake):
        metadata_url(resource)


def test_the_document_names_resource_issuer_and_scopes(make_guard):
    guard = make_guard(resource="https://api.test", scopes=["read:timesheets"])
    assert guard.metadata() == {
        "resource": "https://api.test",
        "authorization_servers": ["https://issuer.test/"],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["read:timesheets"],
    }
    assert "scopes_supported" not in make_guard(resource="https://api.test").metadata()


def test_without_resource_there_is_no_document(make_guard):
    assert make_guard().metadata_path is None
    with pytest.raises(Mistake):
        make_guard().metadata()
