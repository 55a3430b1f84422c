"""Tests of the consumers, which need nothing."""
