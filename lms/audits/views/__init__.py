"""The doorways of coverage, one file per kind of page."""
