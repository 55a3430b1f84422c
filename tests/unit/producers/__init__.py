"""The producers, without a broker."""
