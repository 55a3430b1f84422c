"""What the feeds make of files, good and bad."""
