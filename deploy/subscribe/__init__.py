"""The command `subscribe`: a team's alerts as lines of JSON."""
