"""The doorways of training, one file per kind of page."""
