"""The command ``gatelodge``: thin commands over the rooms below."""
