"""From files to Kafka: the watcher, the feeds it reads, and a simulator that writes such files."""
