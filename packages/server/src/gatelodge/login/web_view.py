"""Is this page shown in a window that an app controls (RFC 8252 §8.12)?

Such a window shares no session with the browser, keeps no passkeys, and some providers
refuse it. It is told by what the window says of itself; whoever says something else
only sees ways to sign in that will not work.
"""

from __future__ import annotations

import re
from typing import Final

_SAYS_SO: Final = re.compile(
    r"; wv\)|\bFBA[NV]/|\bInstagram\b|\bLine/|\bMicroMessenger/|\bGSA/|\bSnapchat\b"
)
_APPLE: Final = re.compile(r"\((iPhone|iPad|iPod)[;\s].*AppleWebKit/")


def is_embedded(agent: str) -> bool:
    """Whether a User-Agent is that of an embedded web view.

    Android's says so; on Apple's a browser names itself, and a bare view does not.
    """
    if _SAYS_SO.search(agent):
        return True
    return _APPLE.search(agent) is not None and "Safari/" not in agent
