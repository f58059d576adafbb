"""The face of the package: light to import, complete, typed names only."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gatelodge_guard


def test_every_public_name_is_there():
    for name in gatelodge_guard.__all__:
        assert getattr(gatelodge_guard, name).__name__ == name
    with pytest.raises(AttributeError):
        gatelodge_guard.Gurad  # noqa: B018 - the misspelling is the test


def test_importing_the_package_imports_no_cryptography():
    code = "import sys, gatelodge_guard; print('cryptography' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.strip() == "False"
