"""Is everyone covered? Measures, targets and the pages that show them."""
