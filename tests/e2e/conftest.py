"""One server a run, an app and any number of people for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.app import App, listening
from tests.e2e.person import Meet, Person
from tests.e2e.site import Site, running_site
from tests.e2e.watch import Watch


def pytest_collection_modifyitems(items):
    for item in items:
        if "/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def app() -> Iterator[App]:
    with listening() as app:
        yield app


@pytest.fixture
def meet(new_page, site: Site, app: App) -> Iterator[Meet]:
    """``meet()``: somebody with a fresh browser; options as those of ``new_page``.

    JavaScript is off unless a test asks for it: no page of ours may need it.
    """
    watch = Watch(site.issuer, app.origin, site.elsewhere.origin)

    def meet(**options) -> Person:
        settings = {"java_script_enabled": False, "locale": "en-GB", **options}
        return Person(new_page(**settings), site, app, watch)

    yield meet
    assert watch.complaints == []


@pytest.fixture
def person(site: Site) -> str:
    """The e-mail address of somebody who has an account and nothing else."""
    return site.new_person()
