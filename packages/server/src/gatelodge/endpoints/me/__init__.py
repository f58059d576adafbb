"""``/me/v1/…``: My Account, for apps; the page and it share their rules."""
