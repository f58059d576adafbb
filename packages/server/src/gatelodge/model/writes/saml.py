"""Changes of sessions shared with SAML parties, and of answers that wait."""

from __future__ import annotations

from typing import ClassVar

from gatelodge.base.change import Write
from gatelodge.model.saml import PostedAnswer, SamlSession


class ShareSession(Write, frozen=True, kw_only=True):
    """Insert or replace what a party knows of a session of ours."""

    session: SamlSession


class KeepAnswer(Write, frozen=True, kw_only=True):
    """Keep an answer for the browser that will ask for it; the first one stays."""

    answer: PostedAnswer


class DropAnswer(Write, frozen=True, kw_only=True):
    """The answer was taken up, once."""

    must: ClassVar[int | None] = 1
    digest: str
