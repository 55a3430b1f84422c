"""Rebuilding a consumer's state beside the one that serves: built in a shadow schema, compared, swapped, undone."""
