"""Who each row is: the council's own id, or a question."""
