"""Long campaigns of faults: `make chaos`."""
