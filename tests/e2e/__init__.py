"""Whole installations, each process a process."""
