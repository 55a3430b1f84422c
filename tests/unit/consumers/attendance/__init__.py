"""The rules of attendance, without a server."""
