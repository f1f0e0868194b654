"""Examinations: written, oral, lesson presentation, from registration to the list of those who passed."""
