"""The synthetic county, compared with its own files read back by other means."""
