"""What the Makefile's verbs do, on the standard library alone."""
