"""Texts: what one is, and how it leaves: by Twilio or a webhook of one's own."""
