"""What one person sees: the front page, her home, her navigation."""
