"""How several judges become one score: rubrics, score sheets, dropped extremes, drawn lots."""
