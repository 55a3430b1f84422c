"""How every process is run: settings, logs, clock, Kafka clients, start and stop."""
