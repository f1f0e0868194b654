"""Who did what, when; rows are only ever added, and sealed into a chain."""
