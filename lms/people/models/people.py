"""The facts about people: accounts, teachers, where they work, which posts and offices they hold."""

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from lms.lib import clock
from lms.lib.crypto import EncryptedTextField
from lms.lib.masking import mask_id_number
from lms.people import access
from lms.people.models.dated import Dated, DatedQuerySet
from lms.people.models.units import Organisation, SchoolStage


class AccountManager(UserManager["User"]):
    def with_staff_office(self, day: dt.date) -> models.QuerySet["User"]:
        """The accounts, each with `holds_staff_office`: whether an office that needs a second factor is held then."""
        held = Appointment.objects.held_on(day).filter(user=OuterRef("pk")).exclude(office__in=Appointment.HONORARY)
        return self.annotate(holds_staff_office=Exists(held))

    def managed_by(self, user: "User", at: dt.datetime, *offices: str) -> models.QuerySet["User"]:
        """The accounts in the care of the user's offices of these kinds: of the teachers whose records they keep, and
        of people without a record who hold an office at a unit that they cover; of who holds none any more, held."""
        not_over = Q(until_on=None) | Q(until_on__gte=clock.local_date(at))
        covered = access.under("organisation__path", access.paths(user, at, *offices))
        here = Appointment.objects.filter(covered)
        holds_none = ~Exists(Appointment.objects.filter(not_over, user=OuterRef("pk")))
        without_record = Q(pk__in=here.filter(not_over).values("user")) | Q(holds_none, pk__in=here.values("user"))
        kept = Teacher.objects.managed_by(user, at, *offices).values("user")
        return self.filter(Q(pk__in=kept) | Q(without_record, teacher=None))

    def visible_to(self, user: "User", at: dt.datetime) -> models.QuerySet["User"]:
        """The user herself, and who holds an office or a teacher's record below the user's offices."""
        paths = access.paths(user, at)
        return self.filter(
            Q(pk=user.pk)
            | Q(pk__in=Appointment.objects.filter(access.under("organisation__path", paths)).values("user"))
            | Q(pk__in=Teacher.objects.visible_to(user, at).values("user"))
        )


# Every act asks it once for its line of the journal, so it is written out.
_JOURNAL_UNIT = """
SELECT o.name, o.path
FROM (
    SELECT a.organisation_id, 1 AS place, a.from_on FROM people_appointment a WHERE a.user_id = %s
    UNION ALL
    SELECT p.organisation_id, 2, p.from_on
    FROM people_posting p JOIN people_teacher t ON t.id = p.teacher_id WHERE t.user_id = %s AND p.until_on IS NULL
) AS held
JOIN people_organisation o ON o.id = held.organisation_id
ORDER BY held.place, held.from_on DESC LIMIT 1
"""


class User(AbstractUser):
    """An account. A teacher has one, and so has an officer who is no teacher."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("full name"), max_length=60)
    phone = models.CharField(_("mobile phone"), max_length=20, blank=True)
    phone_confirmed_at = models.DateTimeField(_("phone confirmed at"), null=True, blank=True)
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    # Part of what a session is checked against: one more, and every session of the account is over.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    # The office for which she chose to act in this session, if she holds several (lms/people/middleware.py).
    acts_for: "Appointment | None" = None

    REQUIRED_FIELDS = ["full_name"]
    objects = AccountManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["phone"], condition=Q(phone_confirmed_at__isnull=False), name="user_confirmed_phone_once"
            )
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def every_appointment_on(self, day: dt.date) -> "list[Appointment]":
        """The offices held on a day, with their organisations; asked of the database once per request and day."""
        cache = self.__dict__.setdefault("_appointments_on", {})
        if day not in cache:
            cache[day] = list(self.appointments.held_on(day).select_related("organisation").order_by("pk"))
        return cache[day]

    def appointments_on(self, day: dt.date) -> "list[Appointment]":
        """The offices that count on a day: all that are held, or that one alone for which she chose to act."""
        held = self.every_appointment_on(day)
        return [each for each in held if each == self.acts_for] or held

    @property
    def journal_unit(self) -> tuple[str, str]:
        """Name and path of the unit this user acts for, as the journal keeps them: the chosen office's, else the
        latest office's, else her school's."""
        if self.acts_for:
            return self.acts_for.organisation.name, self.acts_for.organisation.path
        with connection.cursor() as cursor:
            cursor.execute(_JOURNAL_UNIT, [self.pk, self.pk])
            return cursor.fetchone() or ("", "")

    def get_session_auth_hash(self) -> str:
        """What a session is checked against: the password and the epoch, so that either ends every session."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str) -> str:
        signed = f"{self.password}|{self.session_epoch}"
        return salted_hmac("lms.people.session", signed, secret=secret, algorithm="sha256").hexdigest()


class TeacherQuerySet(models.QuerySet["Teacher"]):
    def visible_to(self, user: "User", at: dt.datetime) -> "TeacherQuerySet":
        """The user's own record, and the teachers who are, or last were, at a school below an office that looks after
        people's records. A record merged into another is seen by whoever sees the other."""
        kept = self._kept_by(user, at, *Appointment.RECORD_OFFICES)
        return self.filter(Q(user=user) | Q(merged_into__user=user) | kept)

    def managed_by(self, user: "User", at: dt.datetime, *offices: str) -> "TeacherQuerySet":
        """The teachers who are, or last were, at a school that the user's offices of these kinds cover; no record
        that was merged into another."""
        return self.filter(self._kept_by(user, at, *offices), merged_into=None)

    def _kept_by(self, user: "User", at: dt.datetime, *offices: str) -> Q:
        covered = access.under("organisation__path", access.paths(user, at, *offices))
        last = Posting.objects.last_on(clock.local_date(at)).filter(covered).values("teacher")
        return Q(merged_into=None, pk__in=last) | Q(merged_into__in=last)


class Teacher(models.Model):
    """A teacher's identity: one full name, its pinyin, an identity number that only the record's keepers may read."""

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="teacher")
    full_name = models.CharField(_("full name"), max_length=60)
    name_pinyin = models.CharField(_("pinyin"), max_length=240, blank=True)
    name_initials = models.CharField(_("initials"), max_length=60, blank=True, db_index=True)
    id_number = EncryptedTextField(_("identity number"))
    id_number_hash = models.CharField(max_length=64, unique=True, editable=False)
    registered_at = models.DateTimeField(_("registered at"))
    photo = models.CharField(max_length=120, blank=True)  # the file's name below PRIVATE_ROOT/photos
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")

    objects = TeacherQuerySet.as_manager()

    class Meta:
        verbose_name = _("teacher")
        verbose_name_plural = _("teachers")

    def __str__(self) -> str:
        return self.full_name

    @property
    def masked_id_number(self) -> str:
        return mask_id_number(self.id_number)

    def school_on(self, day: dt.date) -> Organisation | None:
        """The school where the teacher is posted on a day."""
        posting = self.postings.held_on(day).select_related("organisation").first()
        return posting.organisation if posting else None

    def last_school_on(self, day: dt.date) -> Organisation | None:
        """The school where the teacher is posted on a day, or was last: whose offices keep her record."""
        posting = self.postings.last_on(day).select_related("organisation").order_by("from_on", "pk").first()
        return posting.organisation if posting else None


class FormerName(models.Model):
    """A name a teacher bore until a day; she is still found by it."""

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="former_names")
    full_name = models.CharField(_("former name"), max_length=60)
    name_initials = models.CharField(max_length=60, blank=True, db_index=True)
    until_on = models.DateField(_("until"))


class PostingQuerySet(DatedQuerySet):
    def last_on(self, day: dt.date) -> "PostingQuerySet":
        """Each teacher's present posting, or the last she had: those after which none had begun by that day."""
        later = Posting.objects.filter(teacher=OuterRef("teacher"), from_on__gt=OuterRef("from_on"), from_on__lte=day)
        return self.filter(~Exists(later))


class Posting(Dated):
    """A teacher at a school. One is current; the earlier ones stay, each with the way it ended."""

    class Ending(models.TextChoices):
        TRANSFERRED = "transferred", _("transferred")
        RETIRED = "retired", _("retired")
        LEFT = "left", _("left the profession")

    ending = models.CharField(_("how it ended"), max_length=12, choices=Ending, blank=True)
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="postings")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="postings")

    objects = PostingQuerySet.as_manager()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["teacher"], condition=Q(until_on=None), name="posting_one_current_per_teacher"
            ),
        ]


class PostHeld(Dated):
    """A post a teacher holds (homeroom teacher, part-time mental-health teacher, …); several at once are usual."""

    class Post(models.TextChoices):
        CLASSROOM = "classroom_teacher", _("classroom teacher")
        HOMEROOM = "homeroom_teacher", _("homeroom teacher")
        PART_TIME = "part_time_mental_health_teacher", _("part-time mental-health teacher")
        FULL_TIME = "full_time_mental_health_teacher", _("full-time mental-health teacher")
        MORAL_EDUCATION = "moral_education_officer", _("moral-education officer")
        LEADER = "leader_in_charge", _("leader in charge")
        SUPPORT = "support_staff", _("support staff")

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="posts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    post = models.CharField(_("post"), max_length=40, choices=Post)
    stage = models.CharField(_("school stage"), max_length=12, choices=SchoolStage, blank=True)


class Appointment(Dated):
    """An office at a unit: it covers the unit's subtree, nothing above or beside it, nothing after its end."""

    class Office(models.TextChoices):
        BUREAU_OFFICER = "bureau_officer", _("bureau officer")
        EXAM_OFFICER = "exam_officer", _("exam officer")
        MARKER = "marker", _("marker")
        JUDGE = "judge", _("judge")
        SIGNATORY = "signatory", _("signatory")
        CLERK = "clerk", _("clerk")
        AUDITOR = "auditor", _("auditor")
        SCHOOL_OFFICER = "school_officer", _("school officer")
        TRAINER = "trainer", _("trainer")
        CONTENT_REVIEWER = "content_reviewer", _("reviewer of course content")
        # These say who answers for what; they open no page.
        ACCOUNTABLE_HEAD = "accountable_head", _("accountable head")
        LEADING_GROUP = "leading_group", _("leading group")
        CENTRE = "centre", _("counselling centre")

    class Role(models.TextChoices):
        """A place in a leading group or a centre."""

        LEADER = "leader", _("head of the group")
        DEPUTY = "deputy_leader", _("deputy head of the group")
        MEMBER = "member", _("member")
        DIRECTOR = "director", _("director")

    # Offices that look after people's records.
    RECORD_OFFICES = (Office.BUREAU_OFFICER, Office.EXAM_OFFICER, Office.AUDITOR, Office.SCHOOL_OFFICER)
    # Of these, who writes in the records of the schools covered: who comes, which posts she holds. Auditors only look.
    RECORD_KEEPERS = (Office.BUREAU_OFFICER, Office.EXAM_OFFICER, Office.SCHOOL_OFFICER)
    # Who decides what goes past one school: who a person is, where she works, how units stand.
    BUREAU_OFFICES = (Office.BUREAU_OFFICER, Office.EXAM_OFFICER)
    # Offices without power: shown on a unit's page, needing no second factor.
    HONORARY = (Office.ACCOUNTABLE_HEAD, Office.LEADING_GROUP, Office.CENTRE)

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    office = models.CharField(_("office"), max_length=20, choices=Office)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="appointments")
    role = models.CharField(_("role"), max_length=16, choices=Role, blank=True)
    # Whose office this stands in for, between its own dates.
    deputises_for = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="deputies")
    given_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(given_by=None) | ~Q(given_by=F("user")), name="appointment_not_given_by_oneself"
            ),
            models.UniqueConstraint(
                fields=["user", "office", "organisation"],
                condition=Q(until_on=None),
                name="appointment_once_without_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_office_display()} · {self.organisation}"


class Relation(Dated):
    """Kin or mentor of a teacher: declared, so that neither judges the other."""

    class Kind(models.TextChoices):
        KIN = "kin", _("kin")
        MENTOR = "mentor", _("mentor")

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="relations")
    other = models.ForeignKey(User, models.PROTECT, related_name="relations")
    kind = models.CharField(_("relation"), max_length=8, choices=Kind)
    declared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["teacher", "other", "kind"], condition=Q(until_on=None), name="relation_once_without_end"
            ),
        ]
