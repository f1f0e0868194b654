"""Builds a district by acts: units and officers, then workbooks brought in, checked and committed as offices do."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw

from certs import issuing, recognising, regulating, requiring, vouching
from certs import queries as certs
from lms.audits import targeting
from lms.demo.district import training
from lms.demo.district.blueprint import FULL_TIME, LEADER, PART_TIME, Blueprint, Level, Programme, Someone
from lms.demo.district.lanxi import Lanxi
from lms.demo.district.yonglan import Yonglan
from lms.demo.people import BY_PHONE, PASSWORD
from lms.lib import clock, sheets
from lms.people import (
    activating,
    appointing,
    importing,
    loading,
    moving,
    organising,
    registering,
    reporting,
    vocabulary,
)
from lms.people import queries as people

_POST_WORDS = {code: word for word, code in vocabulary.POSTS.items()}
_STAGE_WORDS = {code: word for word, code in vocabulary.STAGES.items()}
_DAY = dt.timedelta(days=1)


ALL = (Lanxi, Yonglan)


def authorities() -> list[str]:
    """The codes of the units that the districts are built for."""
    return [plan.authority for plan in ALL]


def codes() -> set[str]:
    """The codes of all units of all districts."""
    schools = [school.code for plan in ALL for school in plan.list_schools()]
    return {unit.code for plan in ALL for unit in plan.units} | set(schools)


def last_schools() -> list[str]:
    """The code of each district's last school."""
    return [plan.list_schools()[-1].code for plan in ALL]


def steps() -> int:
    """How many lines `build` says for all districts together."""
    return sum(4 + len(plan.levels) + len(_leading_nowhere(plan)) for plan in ALL)


def build(plan: Blueprint, at: dt.datetime) -> Iterator[str]:
    """Build everything of a blueprint as of `at`, saying what stands."""
    district = District(plan, at)
    district.found()
    yield f"{district.authority}: {len(district.units)} units, {len(plan.officers)} offices"
    district.bring_people()
    yield f"{len(plan.people)} people"
    district.part()
    district.regulate()
    yield f"{sum(each.until_on is not None for each in plan.people)} left, {len(plan.rules)} rules"
    district.give_speakers()
    given = {each.code: each for each in plan.programmes}
    for level in plan.levels:
        # What the authority trains itself goes through the acts; what it only heard of comes in by workbook.
        here = given.get(level.code)
        attended = training.run(district.place, here) if here else district.bring_trainings(level)
        yield f"{level.training}: {attended} attendances, {district.certify(level)} certificates"
    for each in _leading_nowhere(plan):
        yield f"{each.title}: {training.run(district.place, each)} attendances"
    district.report()
    yield f"{len(plan.schools)} schools reported their figures"


def _leading_nowhere(plan: Blueprint | type[Blueprint]) -> list[Programme]:
    """The programmes that lead to no level."""
    levels = {each.code for each in plan.levels}
    return [each for each in plan.programmes if each.code not in levels]


class District:
    """One district on its way: the blueprint, and the rows made of it."""

    def __init__(self, plan: Blueprint, at: dt.datetime) -> None:
        self.plan, self.at = plan, at
        self.units: dict[str, Any] = {}
        self.accounts: dict[str, Any] = {}
        self.levels: dict[str, Any] = {}
        self.offices: dict[tuple[str, str], Any] = {}
        self.teachers: dict[str, Any] = {}

    @property
    def authority(self) -> Any:
        return self.units[self.plan.authority]

    def officer(self, office: str) -> Any:
        """Who holds an office of the authority."""
        return self.offices[office, self.plan.authority]

    # Units, officers, rules

    def found(self) -> None:
        """Units, schools, and those with offices, who have passwords."""
        long_ago = self.at - dt.timedelta(days=4000)
        for unit in self.plan.units:
            self._unit(unit.name, unit.code, unit.level, unit.parent, (), long_ago)
        for school in self.plan.schools:
            self._unit(school.name, school.code, "school", school.parent, school.stages, long_ago)
        for each in self.plan.officers:
            if each.username not in self.accounts:
                self._account(each.username, each.full_name, long_ago)
            self._appoint(self.accounts[each.username], each.office, each.unit, each.role, long_ago)

    def _unit(self, name: str, code: str, level: str, parent: str, stages: Sequence[str], at: dt.datetime) -> None:
        self.units[code] = organising.found(
            name=name,
            code=code,
            level=vocabulary.LEVELS[level],
            parent=self.units.get(parent),
            stages=list(stages),
            by=None,
            at=at,
        )

    def _account(self, username: str, full_name: str, at: dt.datetime) -> None:
        account = registering.open_account(full_name=full_name, username=username, phone="", by=None, at=at)
        activating.give_password(user=account, password=PASSWORD, at=at)
        self.accounts[username] = account

    def _appoint(self, user: Any, office: str, unit: str, role: str, at: dt.datetime) -> None:
        appointing.appoint(
            user=user,
            office=office,
            organisation=self.units[unit],
            role=role,
            from_on=clock.local_date(at),
            until_on=None,
            by=None,
            at=at,
        )
        self.offices.setdefault((office, unit), user)

    def regulate(self) -> None:
        """The scheme and its levels, which post must hold which, what is to be reached, who answers for each school."""
        code, mark, name = self.plan.scheme
        by, exams = self.officer("bureau_officer"), self.officer("exam_officer")
        scheme = regulating.found_scheme(
            authority=self.authority, code=code, mark=mark, name=name, by=exams, at=self.at - 300 * _DAY
        )
        for level in self.plan.levels:
            self.levels[level.code] = regulating.add_level(
                scheme=scheme,
                rank=level.rank,
                code=level.code,
                name=level.name,
                validity_months=None,
                by=exams,
                at=self.at,
            )
        for rule in self.plan.rules:
            requiring.set_rule(
                authority=self.authority,
                post=rule.post,
                level=self.levels[rule.level],
                is_required=rule.is_required,
                from_on=self.plan.today - dt.timedelta(days=1600),
                by=by,
                at=self.at,
            )
        for goal in self.plan.goals:
            targeting.set_target(
                authority=self.authority,
                level=self.levels[goal.level],
                post=goal.post,
                measure=goal.measure,
                percent=goal.percent,
                due_on=self.plan.today + dt.timedelta(days=goal.days_ahead),
                by=by,
                at=self.at,
            )
        for each in self.plan.in_post(LEADER, self.plan.today):
            self._appoint(self.teachers[each.id_number].user, "accountable_head", each.school.code, "", self.at)

    def give_speakers(self) -> None:
        """Before the first training the leader in charge of a school speaks for it, where it has no officer; those of
        them whom a visitor may be are left with the one task that the visitor tries."""
        at = self.at - 2000 * _DAY
        for each in self.plan.in_post(LEADER, self.plan.today):
            if ("school_officer", each.school.code) not in self.offices and each.phone not in BY_PHONE:
                self._appoint(self.teachers[each.id_number].user, "school_officer", each.school.code, "", at)

    @property
    def place(self) -> training.Place:
        """Where the trainings are run."""
        speakers = {unit: user for (office, unit), user in self.offices.items() if office == "school_officer"}
        officer = self.officer("bureau_officer")
        return training.Place(self.plan, self.authority, officer, self.levels, self.teachers, speakers)

    # Workbooks

    def _bring(self, kind: str, title: str, headings: list[str], rows: list[list[Any]], by: Any) -> None:
        """Workbooks are brought, checked and committed, each small enough for a day on which somebody sits an exam."""
        for part, first in enumerate(range(0, len(rows), loading.LARGE), 1):
            name = f"{title}（{part}）" if len(rows) > loading.LARGE else title
            self._bring_one(kind, name, headings, rows[first : first + loading.LARGE], by)

    def _bring_one(self, kind: str, title: str, headings: list[str], rows: list[list[Any]], by: Any) -> None:
        """One workbook; whatever is wrong in it stops the building."""
        book = sheets.write([(title, headings, rows)], text_columns=headings)
        run = importing.bring(
            kind=kind, organisation=self.authority, file=io.BytesIO(book), file_name=f"{title}.xlsx", by=by, at=self.at
        )
        loading.check(run.pk, self.at)
        run.refresh_from_db()
        if run.state != "checked":
            raise ValueError(f"{title}: {run.state} {run.refusal} {run.errors[:3]}")
        importing.commit(run=run, chosen=(), by=by, at=self.at)
        run.refresh_from_db()
        if run.state != "committed":
            raise ValueError(f"{title}: {run.state} {run.refusal}")

    def bring_people(self) -> None:
        """The roster of everyone who was there at any time of the history."""
        headings = ["姓名", "身份证件号", "学校", "学段", "岗位", "任职起始日期", "手机"]
        rows = [
            [
                each.full_name,
                each.id_number,
                each.school.name,
                _STAGE_WORDS[each.stage],
                "、".join(_POST_WORDS[post] for post in each.posts),
                each.from_on.isoformat(),
                each.phone,
            ]
            for each in self.plan.people
        ]
        self._bring("people.teachers", "教师花名册", headings, rows, self.officer("bureau_officer"))
        self.teachers = people.teachers_by_id_number(each.id_number for each in self.plan.people)
        for account in people.accounts_by_phone(BY_PHONE).values():
            if account.activated_at is None:
                activating.give_password(user=account, password=PASSWORD, at=self.at)

    def part(self) -> None:
        """Those who retired or left the profession."""
        for each in self.plan.people:
            if each.until_on:
                moving.leave(
                    teacher=self.teachers[each.id_number],
                    ending="retired" if each.is_retired else "left",
                    on=each.until_on,
                    reason="到龄退休" if each.is_retired else "离开教师岗位",
                    by=self.officer("bureau_officer"),
                    at=self.at,
                )

    def bring_trainings(self, level: Level) -> int:
        """The workbook of everyone who attended the trainings that somebody else gave for a level."""
        headings = ["姓名", "身份证件号", "培训名称", "期次", "培训方向", "结束日期", "学时", "是否结业"]
        rows = [
            [
                each.full_name,
                each.id_number,
                level.training,
                str(period),
                level.code,
                self.plan.closed_on(level.code, period).isoformat(),
                str(level.hours),
                "是" if completed else "否",
            ]
            for each in self.plan.people
            for code, period, completed in each.trainings
            if code == level.code
        ]
        self._bring("records.outcomes", f"历年{level.training}", headings, rows, self.officer("bureau_officer"))
        return len(rows)

    # Certificates

    def certify(self, level: Level) -> int:
        """Who holds a certificate of a level: from the authority's own papers, or from somebody else; how many."""
        holders = sorted(self.plan.certified(level.code), key=lambda each: each.completed(level.code))
        if holders and level.is_external:
            self._vouch(level, holders)
        elif holders:
            self._take_in(level, holders)
        return len(holders)

    def _take_in(self, level: Level, holders: list[Someone]) -> None:
        """The workbook of paper certificates becomes a list, which a signatory signs."""
        headings = ["姓名", "身份证件号", "证书等级", "证书编号", "发证日期", "学时"]
        rows = []
        for place, each in enumerate(holders, 1):
            issued_on = self.plan.closed_on(level.code, each.completed(level.code))
            number = f"{self.plan.scheme[1]}{level.code}{issued_on.year}第{place:05d}号"
            rows.append([each.full_name, each.id_number, level.code, number, issued_on.isoformat(), str(level.hours)])
        self._bring("certs.historical", f"{level.name}证书名册", headings, rows, self.officer("exam_officer"))
        for batch in certs.waiting_lists(self.authority):
            digest = issuing.view_digest(issuing.batch_view(batch))
            issuing.issue(batch=batch, seen_digest=digest, by=self.officer("signatory"), at=self.at)

    def _vouch(self, level: Level, holders: list[Someone]) -> None:
        """Each hands in her certificate from elsewhere with its scan, and an officer verifies it."""
        by = self.officer("bureau_officer")
        kind = recognising.name_type(
            authority=self.authority,
            name=f"省{level.name}证书",
            issuer=self.plan.units[0].name,
            equals=self.levels[level.code],
            from_on=self.plan.today - dt.timedelta(days=1600),
            by=by,
            at=self.at,
        )
        for place, each in enumerate(holders, 1):
            teacher = self.teachers[each.id_number]
            number = f"{level.code}-{self.plan.authority}-{place:04d}"
            submitted = vouching.submit(
                teacher=teacher,
                kind=kind,
                number=number,
                issued_on=self.plan.closed_on(level.code, each.completed(level.code)),
                expires_on=None,
                scan=_scan(number),
                by=teacher.user,
                at=self.at,
            )
            vouching.verify(credential=submitted, seen_digest=vouching.view_digest(submitted), by=by, at=self.at)

    # Figures

    def report(self) -> None:
        """Each school reports this school year and the one before; the bureau confirms."""
        by, other = self.officer("bureau_officer"), self.second_officer
        this_year = reporting.school_year(self.plan.today)
        for year, part in ((this_year - 1, Decimal("0.985")), (this_year, Decimal(1))):
            as_of_on = min(self.plan.today, dt.date(year, 9, 10))
            for school in self.plan.schools:
                figures = reporting.report_figures(
                    school=self.units[school.code],
                    year=year,
                    as_of_on=as_of_on,
                    pupils=round(school.pupils * part),
                    classes=school.classes,
                    has_counselling_room=True,
                    has_timetabled_course=school.has_course,
                    full_time_posts=self._posts(FULL_TIME, school.code),
                    part_time_posts=self._posts(PART_TIME, school.code),
                    by=other,
                    at=self.at,
                )
                reporting.confirm_figures(figures=figures, by=by, at=self.at)

    @property
    def second_officer(self) -> Any:
        """Another bureau officer of the authority."""
        return next(
            self.accounts[each.username]
            for each in self.plan.officers
            if each.office == "bureau_officer"
            and each.unit == self.plan.authority
            and self.accounts[each.username] != self.officer("bureau_officer")
        )

    def _posts(self, post: str, code: str) -> int:
        return sum(each.school.code == code for each in self.plan.in_post(post, self.plan.today))


def _scan(number: str) -> io.BytesIO:
    """A small picture of a certificate, each another."""
    picture = Image.new("RGB", (480, 340), "#fbf7ee")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((12, 12, 467, 327), outline="#8a1c1c", width=3)
    draw.text((180, 160), number, fill="#222222")
    file = io.BytesIO()
    picture.save(file, "PNG")
    file.seek(0)
    return file
