"""The 101 ways in which a file can be bad, each made by a generator, and the answer to each."""
