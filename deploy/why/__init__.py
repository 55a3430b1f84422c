"""From a number of a view back to the files and rows behind it: `pupilstream why VIEW KEY...`."""
