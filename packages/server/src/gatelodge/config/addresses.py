"""Where we listen: ``host:port`` texts as pairs a socket can be bound to."""

from __future__ import annotations

import re
from typing import Final

_HOST_PORT: Final = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^:\[\]\s]*)):(\d{1,5})")
_HIGHEST_PORT: Final = 65_535


def parse_listen(text: str) -> tuple[tuple[str, int], ...]:
    """``localhost:80`` is both loopbacks, ``:80`` every interface of both families.

    Raises:
        ValueError: not ``host:port``.
    """
    found = _HOST_PORT.fullmatch(text.strip())
    if found is None or int(found[3]) > _HIGHEST_PORT:
        raise ValueError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:8421")
    host, port = found[1] or found[2], int(found[3])
    if host == "localhost":
        return (("127.0.0.1", port), ("::1", port))
    if host == "":
        return (("0.0.0.0", port), ("::", port))  # noqa: S104 - asked for by ":PORT"
    return ((host, port),)
