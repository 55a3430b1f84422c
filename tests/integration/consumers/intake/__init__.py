"""Tests of what arrived and what was refused, on a real database."""
