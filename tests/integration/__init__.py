"""Tests of one module against one real server."""
