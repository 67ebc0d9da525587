"""Results over HTTP. Empty until the web pages arrive."""
