"""The only room that knows the web framework: exchanges in, replies out."""
