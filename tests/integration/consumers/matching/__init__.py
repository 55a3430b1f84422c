"""Tests of who each row is, on a real database."""
