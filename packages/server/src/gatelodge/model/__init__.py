"""What the house knows, as frozen values; no behaviour beyond properties."""
