"""The engine: from a consumer group to one Postgres transaction a delivery. Knows no consumer."""
