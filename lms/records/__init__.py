"""What stands on a teacher's record; rows are only ever added."""
