"""The engine's promises, each on a real broker and a real database."""
