"""Tests of what arrived and what was refused, which need nothing."""
