"""Codes that somebody has sent to a number that is not theirs."""

from __future__ import annotations

from html import unescape

from gatelodge.model.reads import ListMail
from gatelodge.model.settings import MfaSettings

ADA = "ada@example.com"


async def test_nobody_is_flooded_however_often_a_number_is_typed(gate, visitor, phone):
    await gate.user(ADA)
    await gate.settings(mfa=MfaSettings(policy="always", factors=("sms",)))
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    for _ in range(13):
        shown = await visitor.send(page, phone="+44 7400 123456")
    assert "Please look for it first" in unescape(shown.text)
    texts = await gate.house.store.read(ListMail(limit=50))
    assert len(texts) == 10
