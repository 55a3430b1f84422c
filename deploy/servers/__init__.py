"""The embedded broker and database: fetched, configured, started, adopted and stopped."""
