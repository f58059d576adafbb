"""SAML 2.0: what is said in XML, who signed it, and which of it is believed."""
