"""Tests of who each row is, which need nothing."""
