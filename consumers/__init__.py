"""From Kafka to Postgres: one engine, and the consumers that it runs."""
