"""What a test may lack: skipped on a person's machine, a failure on CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

# Tests with these marks need a component that the machine may lack.
MARKS = ("postgres", "browser", "node")


def on_ci() -> bool:
    """Does ``CI`` say that nothing may be skipped?"""
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def missing(component: str) -> NoReturn:
    """End the test: ``component`` is not on this machine."""
    reason = f"{component} is not on this machine; `make setup` installs or names it"
    if on_ci():
        pytest.fail(f"with CI set nothing is skipped: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    skipped = report.skipped and not hasattr(report, "wasxfail")
    if skipped and on_ci() and any(item.get_closest_marker(m) for m in MARKS):
        report.outcome = "failed"
        report.longrepr = f"with CI set nothing is skipped: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if report.skipped and on_ci():
        report.outcome = "failed"
        report.longrepr = f"with CI set nothing is skipped: {report.longrepr}"
    return report
