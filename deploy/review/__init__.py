"""The clerk's queue: the questions that matching leaves to a person, and the answers."""
