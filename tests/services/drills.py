"""Long drills are run by ``make drills`` alone."""

from __future__ import annotations


def pytest_addoption(parser):
    parser.addoption("--drills", action="store_true", help="run the long drills only")


def pytest_configure(config):
    config.addinivalue_line("markers", "drill: long; run by `make drills` alone")


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--drills")
    others = [i for i in items if (i.get_closest_marker("drill") is None) == wanted]
    if others:
        items[:] = [i for i in items if i not in set(others)]
        config.hook.pytest_deselected(items=others)
