"""The hosted pages in Chromium, served by a real process (house, section 7: pages)."""
