"""A connection's own secret, kept sealed because we must use it."""

from __future__ import annotations

from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.model.connection import UPSTREAM_SECRET, Upstream


def opened(upstream: Upstream, sealer: Sealer) -> str | None:
    """The connection's secret; None where there is none we can open."""
    if upstream.sealed_secret is None:
        return None
    try:
        plain = sealer.unseal_text(upstream.sealed_secret, purpose=UPSTREAM_SECRET)
    except SealBroken:
        return None
    return plain.decode()
