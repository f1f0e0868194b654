"""The frame of every page: where one is, for which unit one acts, and the way to everything one may open."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certs.models import Batch, ExternalCredential, Scheme
from exams.models.bank import BANK_OFFICES
from lms.inbox.models import Message
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, Organisation, Teacher
from lms.records.models import HourClaim
from lms.training.models import PLANNERS, TAKERS

_OFFICE = Appointment.Office
_EVERYBODY, _TEACHER = "everybody", "teacher"
_EXAM_WATCHERS = (_OFFICE.EXAM_OFFICER, _OFFICE.BUREAU_OFFICER, _OFFICE.CLERK, _OFFICE.SIGNATORY, _OFFICE.AUDITOR)


@dataclass(frozen=True)
class Way:
    """A place of the site, and for whom the navigation names it: holders of these offices, teachers, or everybody."""

    section: str | Promise
    label: str | Promise
    name: str
    icon: str
    whom: tuple[str, ...]
    short: str | Promise = ""


WAYS = (
    Way("", _("Home"), "desks:home", "home", (_EVERYBODY,)),
    Way("", _("Courses"), "cms:programmes", "book", (_TEACHER,)),
    Way("", _("My learning"), "training:mine", "cal", (_TEACHER,), pgettext_lazy("tab", "Learning")),
    Way("", _("My exams"), "exams:mine", "exam", (_TEACHER,)),
    Way("", _("My certificates"), "certs:mine", "cert", (_TEACHER,), _("Certificates")),
    Way("", _("My record"), "people:me", "person", (_TEACHER,), pgettext_lazy("tab", "Record")),
    Way("", _("Professional record"), "desks:my_record", "file", (_TEACHER,)),
    Way("", _("Hours and trainings"), "records:mine", "archive", (_TEACHER,), _("Trainings")),
    Way(_("Training"), _("Programmes and periods"), "training:programmes", "cal", PLANNERS, _("Programmes")),
    Way(
        _("Training"), _("Trainings of the school"), "training:school", "cal", (_OFFICE.SCHOOL_OFFICER,), _("Trainings")
    ),
    Way(_("Training"), _("Attendance"), "training:near", "check", TAKERS),
    Way(_("Training"), _("Course editor"), "wagtailadmin_home", "pen", (_OFFICE.TRAINER, _OFFICE.CONTENT_REVIEWER)),
    Way(
        _("Exams"), _("Registrations of the school"), "exams:school_word", "exam", (_OFFICE.SCHOOL_OFFICER,), _("Exams")
    ),
    Way(_("Exams"), _("Exams"), "exams:list", "exam", _EXAM_WATCHERS),
    Way(_("Exams"), _("Question bank"), "exams:bank", "book", BANK_OFFICES),
    Way(_("Exams"), _("Papers"), "exams:papers", "file", (_OFFICE.EXAM_OFFICER,)),
    Way(_("Exams"), _("Accommodations"), "exams:accommodations", "people", (_OFFICE.EXAM_OFFICER,)),
    Way(_("Exams"), _("Marking"), "exams:piles", "pen", (_OFFICE.MARKER,)),
    Way(_("Exams"), _("Judging"), "exams:judging", "chart", (_OFFICE.JUDGE,)),
    Way(_("Exams"), _("Hearing days"), "exams:days", "cal", (_OFFICE.EXAM_OFFICER, _OFFICE.CLERK), _("Hearings")),
    Way(_("Certificates"), _("Certificates"), "certs:register", "cert", Batch.OFFICES),
    Way(_("Certificates"), _("Lists to sign"), "certs:batches", "inbox", Batch.OFFICES, _("Lists")),
    Way(_("Certificates"), _("Schemes and levels"), "certs:schemes", "grid", Scheme.OFFICES, _("Schemes")),
    Way(
        _("Certificates"),
        _("Certificates from elsewhere"),
        "certs:external_list",
        "file",
        ExternalCredential.OFFICES,
        pgettext_lazy("tab", "Elsewhere"),
    ),
    Way(
        _("Certificates"),
        _("Who must hold what"),
        "certs:duties",
        "check",
        Appointment.RECORD_OFFICES,
        pgettext_lazy("tab", "Duties"),
    ),
    Way(_("People"), _("Units and teachers"), "people:units", "people", Appointment.RECORD_OFFICES, _("People")),
    Way(_("People"), _("Trainings"), "records:trainings", "book", Appointment.RECORD_OFFICES),
    Way(
        _("People"),
        _("Hours of teachers"),
        "records:people",
        "archive",
        Appointment.RECORD_OFFICES,
        pgettext_lazy("tab", "Hours"),
    ),
    Way(
        _("People"),
        _("Claims of hours"),
        "records:claim_queue",
        "inbox",
        HourClaim.OFFICES,
        pgettext_lazy("tab", "Claims"),
    ),
    Way(
        _("People"),
        _("Yearly figures"),
        "people:figures",
        "file",
        Appointment.RECORD_OFFICES,
        pgettext_lazy("tab", "Figures"),
    ),
    Way(_("People"), _("Find a teacher"), "people:search", "search", Appointment.RECORD_OFFICES),
    Way(_("People"), _("Files brought in"), "people:imports", "file", Appointment.RECORD_KEEPERS, _("Files")),
    Way(_("People"), _("Days off"), "people:days_off", "cal", (_OFFICE.BUREAU_OFFICER, _OFFICE.EXAM_OFFICER)),
    Way(
        _("Oversight"),
        _("Certified and covered"),
        "audits:home",
        "chart",
        Appointment.RECORD_OFFICES,
        pgettext_lazy("tab", "Coverage"),
    ),
    Way(_("Oversight"), _("Journal"), "desks:journal", "archive", Appointment.RECORD_OFFICES),
    Way(_("To read"), _("Announcements"), "cms:announcements", "pub", (_EVERYBODY,)),
    Way(_("To read"), _("Policy documents"), "cms:library", "file", (_EVERYBODY,)),
    Way(_("Mine"), _("My offices"), "people:my_offices", "people", tuple(_OFFICE)),
    Way(_("Mine"), _("Messages"), "inbox:messages", "bell", (_EVERYBODY,)),
)
# What a phone's bar shows besides home and messages: the first three of these that a person has. Her own task first,
# then what every office that looks after people asks for between two meetings.
ON_A_PHONE = (
    "exams:piles",
    "exams:judging",
    "audits:home",
    "exams:mine",
    "exams:list",
    "people:units",
    "cms:programmes",
    "exams:days",
    "training:near",
    "certs:mine",
    "people:me",
    "certs:batches",
    "certs:register",
    "people:figures",
)


@dataclass(frozen=True)
class PublicWay:
    """A place that everybody may open, with a line that says what it is for."""

    label: str | Promise
    name: str
    hint: str | Promise


PUBLIC_WAYS = (
    PublicWay(_("Verify a certificate"), "certs:verify", _("by number and name, or by scanning it")),
    PublicWay(_("Public lists"), "exams:notices", _("results in publicity, until their last day")),
    PublicWay(_("Announcements"), "cms:announcements", _("what the authorities make known")),
    PublicWay(_("Policy documents"), "cms:library", _("laws, regulations and circulars")),
)


@dataclass(frozen=True)
class Entry:
    """A way as one request sees it; `count` is what waits there."""

    label: str | Promise
    address: str
    icon: str = ""
    short: str | Promise = ""
    hint: str | Promise = ""
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Section:
    """Entries under a heading; the first section has none."""

    label: str | Promise
    entries: list[Entry]


class Frame:
    """What base.html and public.html ask; nothing is asked of the database until a template uses it, and then the
    same few questions whatever the person holds."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        user = getattr(request, "user", None)
        self.person = user if user is not None and user.is_authenticated else None
        self.demo = settings.DEMO_SIGN_IN

    @cached_property
    def offices(self) -> list[Appointment]:
        """The offices that count now: all that are held today, or the one for which she acts."""
        return access.offices(self.person, clock.now()) if self.person else []

    @cached_property
    def every_office(self) -> list[Appointment]:
        """The offices held today, whichever of them she chose to act for."""
        return self.person.every_appointment_on(clock.local_date(clock.now())) if self.person else []

    @cached_property
    def teacher(self) -> Teacher | None:
        return Teacher.objects.filter(user=self.person).first() if self.person else None

    @cached_property
    def unit(self) -> Organisation | None:
        """The unit of the first office, else the teacher's school."""
        if self.offices:
            return self.offices[0].organisation
        return self.teacher.school_on(clock.local_date(clock.now())) if self.teacher else None

    @property
    def role(self) -> str:
        """The first office's name, and how many count."""
        if not self.offices:
            return ""
        first = self.offices[0].get_office_display()
        more = _("{office} and others, {n} offices")
        return first if len(self.offices) == 1 else str(more).format(office=first, n=len(self.offices))

    @cached_property
    def unread(self) -> int:
        return Message.objects.visible_to(self.person).unread().count() if self.person else 0

    @cached_property
    def ways(self) -> list[Way]:
        """The ways open to this person, in the order of WAYS."""
        return [way for way in WAYS if self._is_for(way)]

    @cached_property
    def sections(self) -> list[Section]:
        """The same as entries, by section."""
        found: dict[str, list[Entry]] = {}
        for way in self.ways:
            found.setdefault(str(way.section), []).append(self._entry(way))
        return [Section(label, entries) for label, entries in found.items()]

    @property
    def tabs(self) -> list[Entry]:
        """The bar on a phone: home, at most three places of work (ON_A_PHONE), and the messages."""
        if not self.ways:
            return []
        mine = {way.name: way for way in self.ways}
        work = [mine[name] for name in ON_A_PHONE if name in mine]
        return [self._entry(way) for way in (self.ways[0], *work[:3], self.ways[-1])]

    @cached_property
    def public_links(self) -> list[Entry]:
        """The ways of the public pages."""
        return [Entry(way.label, self._address(way), hint=way.hint, current=self._is_here(way)) for way in PUBLIC_WAYS]

    def _is_for(self, way: Way) -> bool:
        if self.person is None:
            return False
        if _EVERYBODY in way.whom or any(each.office in way.whom for each in self.offices):
            return True
        return _TEACHER in way.whom and self.teacher is not None

    def _entry(self, way: Way) -> Entry:
        count = self.unread if way.name == "inbox:messages" else 0
        return Entry(way.label, self._address(way), way.icon, way.short or way.label, "", self._is_here(way), count)

    def _address(self, way: Way | PublicWay) -> str:
        return reverse(way.name)

    def _is_here(self, way: Way | PublicWay) -> bool:
        match = self.request.resolver_match
        return bool(match and match.view_name == way.name)


def frame(request: HttpRequest) -> dict:
    """The context processor: the frame of this request's page."""
    return {"frame": Frame(request)}
