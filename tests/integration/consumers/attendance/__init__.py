"""The attendance consumer on a database."""
