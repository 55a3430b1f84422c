"""The stable face for people and tools: views only."""
