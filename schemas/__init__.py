"""The contract between processes: events, wire format, topics, codes, and how every process is run."""
