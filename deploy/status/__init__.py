"""The command `status`: how an installation does, for a person, for a program and for Prometheus."""
