"""Apps that sign people in by SAML: we are their identity provider (contract 3.10)."""
