"""Examples may take their time: on a busy machine a deadline is no property."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
