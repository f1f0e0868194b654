"""The pages that people read and learn from."""
