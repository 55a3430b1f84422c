"""Marks, corrections, absence."""
