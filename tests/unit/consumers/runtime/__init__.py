"""The engine's parts that need no server."""
