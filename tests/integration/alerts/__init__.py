"""From a suspension's row to what subscribers of the alerts read."""
