"""The doorways of people and units, one file per kind of page."""
