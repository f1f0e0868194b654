"""What templates of examinations say about rules, deadlines and official acts."""

from django import template

from exams import wording

register = template.Library()
register.filter("rule_name", wording.rule_name)
register.filter("finding_sentence", wording.finding_sentence)
register.filter("finding_remedy", wording.finding_remedy)
