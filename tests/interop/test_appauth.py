"""AppAuth-JS 1.4 in Node: the flow of its own sample, and sign-out."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.node


def test_the_whole_native_flow(node):
    result = node("appauth.mjs")
    assert result["email"] == "ada@example.com"
    # AppAuth-JS tells no more of a refusal than its status line.
    assert result["refusal"] == "Bad Request"
    assert result["left"] == "?state=bye"
