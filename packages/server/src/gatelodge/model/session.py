"""A signed-in browser (contract 1.1, row 2)."""

from __future__ import annotations

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``session``; times in milliseconds.

    Attributes:
        digest: digest of the cookie's secret; the secret itself is not kept.
        sid: the public name, claim ``sid`` in ID tokens.
        auth_time: when credentials were last proven.
    """

    digest: str
    sid: str
    user_id: str
    auth_time: int
    amr: tuple[str, ...]
    created_at: int
    touched_at: int
    idle_until: int
    ends_at: int
    ip: str = ""
    agent: str = ""
    revoked_at: int | None = None

    def alive(self, now: int) -> bool:
        """Neither revoked nor past its idle or absolute end."""
        return self.revoked_at is None and now < min(self.idle_until, self.ends_at)
