"""Mail: what a message is, and how it leaves by SMTP."""
