"""A sitting on paper, the scripts that came in, and clerks who enter their scores, for tests. All invented."""

from decimal import Decimal

from exams import entering
from exams.models import Attempt, Module, PaperScore, PaperTurn, Sitting, StageEntry
from lms.people.models import Appointment
from tests.factories import exams, marking, people
from tests.factories.people import AT

# The lines of the paper of tests/factories/marking.py, section by section: 21 points.
FULL = {"s1": "1", "s2": "2", "s3": "1", "s4": "2", "s5": "5", "s6": "10"}
QUESTIONS = {"1": "1", "2": "2", "3": "1", "4": "2", "5": "4.5", "6.1": "3", "6.2": "5"}


def exam(organisation, way="section", *, state="marking", paper=True, **more):
    """An exam whose written stage is sat on paper, with the frozen paper of tests/factories/marking.py or without."""
    made = exams.exam(organisation, written=state, **more)
    module = exams.module(made)
    if paper:
        marking.paper(module)
        Module.objects.filter(pk=module.pk).update(full_marks=21, pass_mark=12)
    Sitting.objects.filter(module=module).update(on_paper=way)
    return made


def script(of_exam, who="某考生", *, state="present", school=None):
    """The entry of a candidate who sat there."""
    return exams.entry(exams.candidate(of_exam, who, school=school), state=state)


def clerks(organisation, count=2):
    """Clerks of the authority, posted nowhere."""
    return [people.officer(Appointment.Office.CLERK, organisation, f"登分{n}") for n in range(1, count + 1)]


def points(given):
    """Numbers as the acts take them."""
    return {line: Decimal(each) for line, each in given.items()}


def entered(entry, by, *, first=FULL, second=None, at=AT):
    """A script entered by the first of `by`, and by the second where `second` says what."""
    turns = [entering.enter(entry, points(first), by=by[0], at=at)]
    if second is not None:
        turns.append(entering.enter(entry, points({**first, **second}), by=by[1], at=at))
    return turns


def fresh(entry):
    """The entry as a request would read it."""
    return StageEntry.objects.select_related("candidate__teacher", "stage__exam__organisation").get(pk=entry.pk)


def numbers(entry, turn):
    """What one turn of a script says, as text."""
    rows = PaperScore.objects.filter(turn__entry=entry, turn__turn=turn).order_by("pk")
    return {line: f"{given.normalize():f}" for line, given in rows.values_list("line", "points")}


def nothing_was_entered():
    return not PaperTurn.objects.exists() and not PaperScore.objects.exists() and not Attempt.objects.exists()
