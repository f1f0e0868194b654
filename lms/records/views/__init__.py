"""The doorways of the record, one file per kind of page."""
