"""A server in this process, as the protocol's tests use it."""

from __future__ import annotations

from tests.protocol.conftest import gate, phone, visitor

__all__ = ["gate", "phone", "visitor"]
