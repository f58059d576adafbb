"""The cellar: values every room may hold. No protocol, no input or output."""
