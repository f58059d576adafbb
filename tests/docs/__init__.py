"""What the pages say is true: examples run, links lead somewhere, names exist."""
