"""Tests of the consumer `exclusions`."""
