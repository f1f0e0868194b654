"""Schemes, lists and certificates for tests, made by the acts themselves. All invented."""

import datetime as dt
import io
import itertools
from types import SimpleNamespace

from PIL import Image

from certs import issuing, recognising, regulating, requiring, taking_in, telling, vouching
from certs.models import Level, Scheme
from lms.lib import clock
from lms.people.models import Appointment
from tests.factories import people
from tests.factories.people import AT

_count = itertools.count(1)
Office = Appointment.Office


def level(authority, *, mark="M", code="B", rank=2, name="中小学心理健康教育教师B证", validity_months=None):
    """A level of the authority's scheme; both are made at the first call."""
    scheme = Scheme.objects.filter(authority=authority, mark=mark).first() or regulating.found_scheme(
        authority=authority, code=f"scheme-{mark}", mark=mark, name="中小学心理健康教育教师证书", by=None, at=AT
    )
    return Level.objects.filter(scheme=scheme, code=code).first() or regulating.add_level(
        scheme=scheme, rank=rank, code=code, name=name, validity_months=validity_months, by=None, at=AT
    )


def staff(authority):
    """Those who propose and sign at an authority: two exam officers, two signatories, an auditor."""
    return SimpleNamespace(
        proposer=people.officer(Office.EXAM_OFFICER, authority, "周拟"),
        other_officer=people.officer(Office.EXAM_OFFICER, authority, "吴核"),
        signatory=people.officer(Office.SIGNATORY, authority, "郑签", password="to-sign-it-all"),
        other_signatory=people.officer(Office.SIGNATORY, authority, "王章"),
        auditor=people.officer(Office.AUDITOR, authority, "冯审"),
    )


def awards(teachers, *, basis, exam="2023年度心理健康教育教师上岗资格考试", **facts):
    return [issuing.Award(teacher=each, facts={"exam": exam, **facts}, basis=basis) for each in teachers]


def batch(level, by, teachers, *, basis=None, issue_on=None, at=AT, title="2024年第一批", **facts):
    basis = basis or f"test:{next(_count)}"
    return issuing.propose(
        level=level,
        title=title,
        basis=basis,
        awards=awards(teachers, basis=basis, **facts),
        issue_on=issue_on or clock.local_date(at),
        by=by,
        at=at,
    )


def issued(level, team, teachers, *, at=AT, **more):
    """Certificates of these teachers, proposed and signed, and their holders told; in the order of the teachers."""
    return _signed(batch(level, team.proposer, teachers, at=at, **more), team, at)


def _signed(batch, team, at):
    at += dt.timedelta(minutes=5)
    seen = issuing.view_digest(issuing.batch_view(batch))
    issuing.issue(batch=batch, seen_digest=seen, by=team.signatory, at=at)
    telling.tell(batch.pk, at=at)
    return list(batch.credentials.order_by("place"))


def picture(colour="white", size=(60, 80), form="PNG", **more):
    """A small picture as a phone might send it, as an open file."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form, **more)
    file.seek(0)
    file.name = f"scan.{form.lower()}"
    return file


def rule(authority, level, *, by=None, post="part_time_mental_health_teacher", from_on=dt.date(2020, 1, 1), **more):
    by = by or people.officer(Office.BUREAU_OFFICER, authority, "沈县")
    return requiring.set_rule(authority=authority, post=post, level=level, from_on=from_on, by=by, at=AT, **more)


def kind(authority, *, equals=None, name="省级A证", issuer="省指导中心", by=None, from_on=dt.date(2015, 1, 1)):
    """A certificate of somebody else that an authority knows."""
    by = by or people.officer(Office.BUREAU_OFFICER, authority, "沈县")
    return recognising.name_type(
        authority=authority, name=name, issuer=issuer, equals=equals, from_on=from_on, by=by, at=AT
    )


def submitted(teacher, kind, *, by=None, at=AT, scan=None, **more):
    """A certificate from elsewhere that waits for an officer; each with a number and a scan of its own."""
    n = next(_count)
    given = {"number": f"SJ{n:06d}", "issued_on": dt.date(2019, 6, 1), "expires_on": None} | more
    size = (40 + n % 100, 40 + n // 100)  # no two alike, whatever a colour becomes as JPEG
    return vouching.submit(
        teacher=teacher, kind=kind, scan=scan or picture("white", size), by=by or teacher.user, at=at, **given
    )


def verified(teacher, kind, officer, *, at=AT, **more):
    row = submitted(teacher, kind, at=at, **more)
    return vouching.verify(credential=row, seen_digest=vouching.view_digest(row), by=officer, at=at)


def papers(level, by, teachers, *, basis=None, at=AT, title="历史证书", **more):
    """A list of paper certificates that waits for its signature; each with an old number."""
    given = {"issued_on": dt.date(2018, 7, 1)} | more
    rows = [taking_in.Paper(teacher=each, number=f"松心证字〔2018〕{next(_count):05d}号", **given) for each in teachers]
    basis = basis or f"test:{next(_count)}"
    return taking_in.propose_historical(level=level, title=title, basis=basis, papers=rows, by=by, at=at)


def taken_in(level, team, teachers, *, at=AT, **more):
    """Paper certificates of these teachers, proposed and signed; in the order of the teachers."""
    return _signed(papers(level, team.proposer, teachers, at=at, **more), team, at)
