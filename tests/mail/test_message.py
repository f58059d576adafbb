"""A mail on the wire (RFC 5322)."""

from __future__ import annotations

import email
import email.policy

from gatelodge.mail.message import Message, compose


def test_text_and_html_in_one_mail() -> None:
    message = Message(
        recipient="ada@example.com",
        subject="Bitte bestätigen",
        text="Grüße",
        html="<p>Grüße</p>",
    )
    raw = compose(
        message, sender="no-reply@example.com", domain="example.com", at=0
    ).as_bytes()
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert read["Subject"] == "Bitte bestätigen"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Date"].startswith("Thu, 01 Jan 1970")
    kinds = [part.get_content_type() for part in read.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
