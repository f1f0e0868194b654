"""From the final list to certificates that their holders fetch and strangers verify."""

import datetime as dt

from certs import issuing
from exams import awarding
from lms.demo.course import Counts, Course


def certify(course: Course) -> Counts:
    """The list is proposed by one person, signed and issued by another."""
    issue_on = course.plan["certificate"]["issued_on"]
    at = course.go(course.at(issue_on) + dt.timedelta(hours=9))
    course.batch = awarding.propose(exam=course.exam, issue_on=issue_on, by=course.officer, at=at)
    seen = issuing.batch_view(course.batch)
    issuing.issue(batch=course.batch, seen_digest=issuing.view_digest(seen), by=course.signatory, at=at)
    return {"certified": len(course.batch.credentials.all())}


def fetch(course: Course) -> Counts:
    """Each holder fetches her certificate; each is verified by a stranger."""
    numbers = {candidate.teacher_id: number for number, candidate in course.by_number.items()}
    credentials = {numbers[each.teacher_id]: each for each in course.batch.credentials.all()}
    return {"fetched and verified": course.candidates.fetch_certificates(credentials)}
