"""The doorways of the desks, one file per kind of page."""
