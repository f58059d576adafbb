"""Storage: the only room that knows SQL (house, section 4)."""
