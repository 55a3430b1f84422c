"""A county that never was: the CSV files its schools and its council would send, for any week of a year."""
