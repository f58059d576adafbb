"""The example the demo runs: an API, a desktop app and a CLI, made to be copied.

``api`` protects itself with gatelodge-guard; ``desktop`` and ``cli`` sign in with
gatelodge-app; ``tenant.yaml`` registers all three at the server.
"""
