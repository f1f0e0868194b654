"""How a question did on the papers that were sat."""

from django.db import models

from exams.models.paper import PaperQuestion


class ItemFigures(models.Model):
    """One question on one paper that was sat and marked: sums, so that those of several sittings add up.

    Upper and lower: the 27 % of the scripts with the most and with the fewest points on the paper. `choices` counts who
    chose what, {option: [lower, middle, upper]}, "" for no answer; empty for questions without options."""

    place = models.OneToOneField(PaperQuestion, models.PROTECT, related_name="figures")
    sat_on = models.DateField()
    scripts = models.PositiveIntegerField()
    earned = models.DecimalField(max_digits=12, decimal_places=3)
    possible = models.DecimalField(max_digits=12, decimal_places=3)
    upper_earned = models.DecimalField(max_digits=12, decimal_places=3)
    upper_possible = models.DecimalField(max_digits=12, decimal_places=3)
    lower_earned = models.DecimalField(max_digits=12, decimal_places=3)
    lower_possible = models.DecimalField(max_digits=12, decimal_places=3)
    choices = models.JSONField(default=dict)
    reckoned_at = models.DateTimeField()
