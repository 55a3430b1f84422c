"""Valid files mutated without end: no crash, no hang, no memory without bound, nothing partial."""
