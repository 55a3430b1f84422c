"""The command `replay`: what it will do, how far it is, and what it found, told to a person."""
