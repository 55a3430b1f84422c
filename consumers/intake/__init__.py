"""What arrived, from whom, when, what was refused and why."""
