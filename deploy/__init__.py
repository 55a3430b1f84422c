"""One installation: the command line, the embedded servers, and what starts, watches and stops the processes."""
