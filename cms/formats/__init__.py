"""Courses as files: a lesson written in Markdown or Word, read into the blocks of its page."""
