"""Explanations of views, on a real broker and a real database."""
