"""The desktop window under Xvfb."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.demo.running import environment

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).with_name("window_cases.py")


def test_the_window_does_what_its_buttons_say(display):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(CASES), "-q", "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(DISPLAY=display),
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b1[0-9] passed", done.stdout), done.stdout
