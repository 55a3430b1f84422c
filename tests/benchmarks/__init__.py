"""Speed and memory, printed and never asserted: `make bench`."""
