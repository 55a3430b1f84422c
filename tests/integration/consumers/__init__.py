"""Tests of the consumers, on a real database."""
