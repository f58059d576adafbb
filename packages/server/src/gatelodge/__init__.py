"""Gatelodge: a self-hosted authorization server, shaped like Auth0."""

__version__ = "0.1.0"
