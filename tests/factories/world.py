"""One small world for the table of personas: two counties under one city, another city beside it, people of every
office, and a record at every step that has a page. Built for the present moment, since pages ask the clock."""

import datetime as dt
import io
import uuid
from decimal import Decimal
from types import SimpleNamespace

from allauth.mfa.models import Authenticator

from certs import issuing, revoking, vouching
from cms import lessons, publishing, trying
from exams import (
    collecting,
    composing,
    contents,
    empanelling,
    enlisting,
    preparing,
    print_runs,
    qualifying,
    rating,
    releasing,
    roster,
    sanctioning,
    specifying,
    standard_setting,
)
from exams import hearing as scoring
from exams.models import AnswerSave, Exam, Hearing, HearingDay, PublicNotice, StageEntry
from lms.lib import clock, sheets
from lms.people import importing, photos, reporting
from lms.people.models import Appointment, DayOff, Organisation, Relation, User
from lms.records import handing_up, learning
from lms.training import appealing, attending, deciding, enrolling, signing_codes
from tests.factories import (
    assignments,
    attendance,
    certs,
    cms,
    courses,
    district,
    exams,
    hearing,
    imports,
    inbox,
    journal,
    marking,
    on_paper,
    papers,
    people,
    records,
    standards,
    training,
)

Office, Level = Appointment.Office, Organisation.Level
PASSWORD = "one calm morning by the lake"
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)

# What must not travel: every one is found by text on any page that shows it.
STEM, OPTION, GUIDE, KEY = "题干金丝雀", "选项金丝雀", "评分金丝雀", "填空金丝雀"
BANK_STEM, BANK_KEY = "题库金丝雀", "题库答案金丝雀"
ANSWER, OPEN_ANSWER = "作答金丝雀", "草稿金丝雀"
NAME, COLLEAGUE_NAME = "金雀知微", "银雀远山"
PHONE, SCORE, PUBLIC_SCORE, SHEET_TOTAL = "13987600001", "71.37", "66.25", "63.5"
REVIEW_REASON, CHANGE_REASON, CITY_REASON = "退回金丝雀", "吊销金丝雀", "日志金丝雀"
MESSAGE, ROSTER_NAME, TOPIC = "来信金丝雀", "名册金雀", "抽题金丝雀"
ELSEWHERE, TRAINING, LESSON = "外证金丝雀", "培训金丝雀", "课文金丝雀"
COURSE, WITHDRAWAL, HOURS, CLAIM = "研修金丝雀", "退训金丝雀", "学时金丝雀", "申报金丝雀"

QUESTIONS = "家访前应当与家长约定时间。{T}\n\n只是一段说明。".encode()


def build() -> SimpleNamespace:
    w = SimpleNamespace(now=clock.now())
    w.today = clock.local_date(w.now)
    for part in (_units, _people, _registration, _papers, _sitting, _marking, _on_paper, _lines, _publicity, _hearings):
        part(w)
    for part in (_certificates, _of_old_and_elsewhere, _training, _courses, _rosters, _imports, _coverage, _words):
        part(w)
    return w


def _units(w: SimpleNamespace) -> None:
    w.province = people.organisation("云省", level=Level.PROVINCE, code="990000")
    w.city = people.organisation("松平市", level=Level.CITY, parent=w.province, code="990600")
    w.other_city = people.organisation("柏川市", level=Level.CITY, parent=w.province, code="990700")
    w.county = people.organisation("澜溪县", level=Level.COUNTY, parent=w.city, code="990608")
    w.other_county = people.organisation("青屏县", level=Level.COUNTY, parent=w.city, code="990609")
    w.school = people.organisation("澜溪县实验小学", parent=w.county, code="9906080001")
    w.sister = people.organisation("澜溪县第二小学", parent=w.county, code="9906080002")
    w.empty_school = people.organisation("澜溪县旧小学", parent=w.county, code="9906080003")
    w.closed_school = people.organisation("澜溪县撤并小学", parent=w.county, code="9906080004")
    w.closed_school.closed_on = w.today - DAY
    w.closed_school.save()
    w.other_school = people.organisation("青屏县第一小学", parent=w.other_county, code="9906090001")


def _people(w: SimpleNamespace) -> None:
    """The personas' accounts in `w.users` by name, and those behind them: who proposed, who composed."""
    w.holder = people.teacher(NAME, school=w.school, post="homeroom_teacher", name_pinyin="jin que zhi wei")
    w.holder.user.phone = PHONE
    w.holder.user.set_password(PASSWORD)
    w.holder.user.save()
    _her_record(w)
    w.stranger = people.teacher(COLLEAGUE_NAME, school=w.other_school, post="homeroom_teacher")
    w.day_off = DayOff.objects.create(on=dt.date(2031, 5, 1), name="劳动节")
    w.second = people.officer(Office.EXAM_OFFICER, w.city, "吴拟")

    def officer(office, unit, name):
        return people.officer(office, unit, name, password=PASSWORD)

    def former(office, name):
        account = people.user(name, password=PASSWORD)
        people.appointment(account, office, w.city, until_on=w.today - DAY)
        return account

    w.users = {
        "teacher": w.holder.user,
        "stranger": w.stranger.user,
        "bureau": officer(Office.BUREAU_OFFICER, w.county, "沈县"),
        "neighbour": officer(Office.BUREAU_OFFICER, w.other_county, "邻县"),
        "school_officer": officer(Office.SCHOOL_OFFICER, w.school, "校管"),
        "other_school_officer": officer(Office.SCHOOL_OFFICER, w.sister, "邻校管"),
        "below": officer(Office.EXAM_OFFICER, w.county, "县考"),
        "officer": officer(Office.EXAM_OFFICER, w.city, "程考"),
        "foreign": officer(Office.EXAM_OFFICER, w.other_city, "柏考"),
        "clerk": officer(Office.CLERK, w.city, "考务"),
        "marker": officer(Office.MARKER, w.city, "阅甲"),
        "idle_marker": officer(Office.MARKER, w.city, "阅乙"),
        "former_marker": former(Office.MARKER, "阅旧"),
        "judge": officer(Office.JUDGE, w.city, "评甲"),
        "colleague": officer(Office.JUDGE, w.city, "评乙"),
        "former_judge": officer(Office.JUDGE, w.city, "评旧"),
        "other_judge": officer(Office.JUDGE, w.city, "评丁"),
        "signatory": officer(Office.SIGNATORY, w.city, "郑签"),
        "auditor": officer(Office.AUDITOR, w.city, "冯审"),
        "ended": former(Office.EXAM_OFFICER, "前考"),
    }
    # The school officer has a second factor to lose.
    Authenticator.objects.create(user=w.users["school_officer"], type=Authenticator.Type.TOTP, data={"secret": ""})
    for name, user in w.users.items():
        setattr(w, name if name not in ("teacher", "stranger") else f"{name}_user", user)


def _her_record(w: SimpleNamespace) -> None:
    """What stands in the holder's record, and others beside it: kin, one who retired, a second record."""
    w.post = w.holder.posts.get()
    w.holder.photo = photos.store(b"a picture")
    w.holder.save()
    w.kin = people.teacher("亲属甲", school=w.sister)
    w.relation = Relation.objects.create(
        teacher=w.holder,
        other=w.kin.user,
        kind="mentor",
        from_on=w.today - DAY,
        declared_by=w.holder.user,
        declared_at=w.now - DAY,
    )
    w.retired = people.teacher("退休教师", school=w.sister)
    w.retired.postings.update(until_on=w.today - 9 * DAY, ending="retired")
    w.double = people.teacher("金雀知薇", school=w.sister)
    w.new_number = people.id_number()
    w.forgetful = people.teacher("忘记密码", school=w.school)
    w.closed_out = people.teacher("账号停用", school=w.school)
    User.objects.filter(pk__in=(w.forgetful.user_id, w.closed_out.user_id)).update(activated_at=w.now - 90 * DAY)
    User.objects.filter(pk=w.closed_out.user_id).update(is_active=False)


def _exam(w: SimpleNamespace, unit=None, **more):
    figures = {"opens_at": w.now - DAY, "closes_at": w.now + 10 * DAY, "starts_at": w.now + 40 * DAY} | more
    return exams.exam(unit or w.city, **figures)


def _registration(w: SimpleNamespace) -> None:
    w.county_exam = _exam(w, w.county, name="县级考试", written="registration_open")
    w.bare = Exam.objects.create(
        organisation=w.city,
        level=exams.level(w.city),
        name="无阶段考试",
        code="999",
        registration_opens_at=w.now + DAY,
        registration_closes_at=w.now + 9 * DAY,
        eligibility=exams.ELIGIBILITY,
    )
    w.planned = _exam(w, name="待公布考试")
    w.expired = _exam(
        w, name="报名已满考试", written="registration_open", opens_at=w.now - 9 * DAY, closes_at=w.now - DAY
    )
    w.open = _exam(w, name="报名中考试", written="registration_open")
    facts = {"phone": PHONE}
    w.returned = exams.candidate(w.open, w.holder, state="returned", facts=facts)
    w.returned.review_rule, w.returned.review_reason = "other", REVIEW_REASON
    w.returned.photo = photos.store(b"jpeg")
    w.returned.save()
    asking = _exam(w, name="须学校确认考试", written="registration_open", asks_school=True)
    w.at_school = exams.candidate(asking, "待确认教师", state="submitted", school=w.school)
    w.submitted = exams.candidate(w.open, "待审教师", state="submitted", school=w.school)
    w.abroad = exams.candidate(w.open, "邻县考生", state="submitted", school=w.other_school)
    w.closed = _exam(w, name="待排考试", written="registration_closed")
    exams.candidate(w.closed, "待排教师", school=w.school)
    w.arranged = _exam(w, name="待发证考试", written="arranged")
    w.unticketed = exams.entry(exams.candidate(w.arranged, "已排教师", school=w.school))


def _papers(w: SimpleNamespace) -> None:
    """A bank, and a drafted paper of the open exam that waits for its second reader."""
    bank = papers.bank(w.city)
    w.question = bank["E001"]
    w.question.stem, w.question.key = BANK_STEM, {"guide": BANK_KEY}
    w.question.save()
    module = exams.module(w.open)
    module.full_marks, module.pass_mark = 20, 12
    module.save()
    w.draft = composing.compose(module, "待定试卷", papers.sections(), by=w.second, at=w.now)
    w.draft_digest = contents.digest_of(w.draft)
    row = {"section": "一", "kind": "single", "count": 1, "points": "2"}
    w.table = specifying.keep(organisation=w.city, title="常用细目表", rows=[row], by=w.second, at=w.now)


def _content() -> tuple[list, dict]:
    """The items and keys of a paper that carries the canaries."""
    items, keys = papers.items(), papers.keys()
    items[0] |= {"stem": STEM, "body": {"options": [{"id": each, "text": f"{OPTION}{each}"} for each in "ABCD"]}}
    keys["4"]["blanks"] = [[KEY], ["尊重"]]
    keys["5"]["guide"] = GUIDE
    return items, keys


def _sat(w: SimpleNamespace, starts_at: dt.datetime, **more):
    window = {"opens_at": w.now - 40 * DAY, "closes_at": w.now - 30 * DAY}
    return papers.sitting_exam(w.city, starts_at=starts_at, **window, **more)


def _carry(exam) -> None:
    paper = exams.module(exam).sitting.paper
    paper.items, paper.keys = _content()
    paper.save()


def _sitting(w: SimpleNamespace) -> None:
    """A sitting that began ten minutes ago, and one whose door has closed."""
    began = w.now - 10 * MINUTE
    w.sitting_exam = _sat(w, began, name="笔试中考试")
    _carry(w.sitting_exam)
    w.entry = papers.ticketed(w.sitting_exam, w.holder)
    w.attempt = papers.attempt(w.entry, answers={"1": "B", "5": OPEN_ANSWER}, started_at=began)
    w.unopened = papers.ticketed(w.sitting_exam, "未进场教师", school=w.school)
    w.violation = sanctioning.report(entry=w.unopened, tier="general", what="替考嫌疑", by=w.clerk, at=w.now)
    other = papers.ticketed(w.sitting_exam, w.stranger)
    papers.attempt(other, answers={"1": "C"}, started_at=began)
    sitting = exams.module(w.sitting_exam).sitting
    w.prints = preparing.prepare(sitting=sitting, parts=["doors"], by=w.officer, at=w.now)
    print_runs.set_papers(w.prints.pk, w.now)
    continued = _sat(w, began, name="换设备考试")
    w.attempt_elsewhere = papers.attempt(papers.ticketed(continued, w.holder), started_at=began, device="another")
    w.late_exam = _sat(w, w.now - 40 * MINUTE, name="已关门考试")
    away = papers.ticketed(w.late_exam, "缺席教师", school=w.school)
    w.need = exams.accommodation(away.candidate.teacher, large_print=True)


def _marking(w: SimpleNamespace) -> None:
    """Scripts in marking: one with marks far apart, one in every pile, the former marker's included."""
    w.marking_exam = _sat(w, w.now - 5 * DAY, state="marking", name="阅卷中考试")
    _carry(w.marking_exam)
    module = exams.module(w.marking_exam)
    module.difference_limit = Decimal(1)
    module.save()
    w.script = _script(w, w.holder)
    for item, by in (("5", (w.marker, w.former_marker)), ("6.1", (w.marker, w.second))):
        made = marking.marks(w.script, item, None, None, by)
        if item == "5":
            w.mark, w.former_mark = made
    apart = _script(w, "分歧考生", school=w.other_school)
    w.apart = apart.answers.get(item="5")
    marking.marks(apart, "5", "1", "4", (w.marker, w.second))
    paper = w.script.paper
    for n in (1, 2):
        qualifying.prepare(paper, "6.2", f"备卷{n}", Decimal(2), "三人研讨", by=w.officer, at=w.now)
    w.trial_rule = qualifying.require(paper, "6.2", 1, Decimal(1), by=w.officer, at=w.now)
    w.trial_script = paper.trial_scripts.get(item="6.2", number=1)
    qualifying.mark(w.trial_script, Decimal(5), by=w.idle_marker, at=w.now)
    panel = (w.judge, w.colleague, w.other_judge)
    w.setting = standards.running(w.marking_exam, w.officer, w.now, among=panel)
    w.rating_sheet = w.setting.sheets.get(judge=w.judge)
    rated = _sat(w, w.now - 5 * DAY, state="marking", name="待评定考试")
    w.named_setting = rating.name_judges(exams.module(rated), panel, by=w.officer, at=w.now)


def _on_paper(w: SimpleNamespace) -> None:
    """Scripts on paper: one that nobody entered yet, and one whose two entries differ."""
    window = {"opens_at": w.now - 40 * DAY, "closes_at": w.now - 30 * DAY, "starts_at": w.now - 5 * DAY}
    w.paper_exam = on_paper.exam(w.city, "total", paper=False, name="纸笔考试", **window)
    w.paper_script = on_paper.script(w.paper_exam, "未录考生", school=w.other_school)
    w.differing = on_paper.script(w.paper_exam, "不一考生", school=w.other_school)
    two = on_paper.clerks(w.city)
    on_paper.entered(w.differing, two, first={"total": "71"}, second={"total": "77"}, at=w.now)


def _script(w: SimpleNamespace, who, **more):
    entry = papers.ticketed(w.marking_exam, who, state="present", **more)
    made = papers.attempt(entry, started_at=w.now - 5 * DAY, answers={**papers.RIGHT, "5": ANSWER})
    made.state, made.handed_in_at, made.handed_in_how = "handed_in", w.now - 4 * DAY, "candidate"
    made.receipt = "0123456789abcdef" * 4
    made.save()
    AnswerSave.objects.bulk_create(
        AnswerSave(
            attempt=made,
            item=each.item,
            version=each.version,
            response=each.response,
            received_at=each.saved_at,
            outcome=AnswerSave.Outcome.SAVED,
        )
        for each in made.answers.all()
    )
    type(entry.stage).objects.filter(pk=entry.stage_id).update(state="marking")
    return made


def _lines(w: SimpleNamespace) -> None:
    """Two exams with checked scores: one with a proposed line, one without; nothing of them is public."""
    w.line_exam = _exam(w, name="划线考试", written="scores_checked")
    w.result = marking.scored(w.line_exam, SCORE, w.holder)
    w.cut = standard_setting.propose(exams.module(w.line_exam), Decimal(60), "按方案", by=w.second, at=w.now)
    w.unproposed = _exam(w, name="待划线考试", written="scores_checked")
    marking.scored(w.unproposed, SCORE, w.holder)


def _settled(w: SimpleNamespace, name: str, score: str = SCORE):
    exam = _exam(w, name=name, written="line_set")
    marking.scored(exam, score, w.holder, state="passed", passed=True)
    marking.scored(exam, "41", w.stranger, state="failed", passed=False)
    return exam


def _publicity(w: SimpleNamespace) -> None:
    """A stage to publicise, a list proposed, one decided that opens in three days, one open, one closed."""

    def notice(exam, opens_on):
        return releasing.propose_publicity(stage=exams.stage(exam), opens_on=opens_on, by=w.second, at=w.now)

    def opened(name, opens_on, score=SCORE):
        exam = _settled(w, name, score)
        made = notice(exam, opens_on)
        releasing.open_publicity(notice=made, seen_digest=made.seen_digest, by=w.officer, at=w.now)
        return exam, made

    w.unlisted = _settled(w, "待公示考试")
    w.listed = _settled(w, "公示待批考试")
    w.notice = notice(w.listed, w.today)
    w.coming, w.coming_notice = opened("将公示考试", w.today + 3 * DAY)
    w.public, w.public_notice = opened("公示中考试", w.today, PUBLIC_SCORE)
    w.past, past = opened("公示期满考试", w.today, PUBLIC_SCORE)
    PublicNotice.objects.filter(pk=past.pk).update(opens_on=w.today - 9 * DAY, closes_on=w.today - DAY)
    w.finished = _exam(w, name="已完成考试", written="finalised", performance="finalised")
    passed = exams.entry(exams.candidate(w.finished, w.holder), state="passed")
    exams.entry(passed.candidate, exams.stage(w.finished, 2), "passed")


def _hearings(w: SimpleNamespace) -> None:
    """Today's hearings: one number before the panel, one with its scores; a day not drawn; a stage to call."""
    day = hearing.stage(w.city, candidates=0, seats=3, reserves=0)
    w.panel_exam, w.panel_stage = day.exam, day.stage
    w.panel_exam.name = "面试中考试"
    w.panel_exam.save()
    day.panel.members.all().delete()
    for number, judge in enumerate((w.judge, w.colleague, w.former_judge), start=1):
        day.panel.members.create(judge=judge, number=number)
    w.panel = day.panel
    w.free_judge = people.officer(Office.JUDGE, w.city, "评备")
    others = [w.other_judge, *hearing.judges(w.city, 2)]
    _form(day, "P2", others)
    for who in (w.holder, "面试教师甲", "面试教师乙"):
        candidate = exams.candidate(w.panel_exam, who, **({} if who is w.holder else {"school": w.school}))
        exams.entry(candidate, state="passed")
    day.stage.topics.update(text=TOPIC)
    day.stage.days.update(starts_at=w.now)
    empanelling.call_candidates(stage=day.stage, by=w.second, at=w.now)
    day.clerk = w.clerk
    day.hearings = hearing.hearings(day)
    w.hearing_day = day.hearings[0].day
    hearing.at_step(day, "acknowledged", hearing_at=1)
    w.acknowledged = hearing.again(day.hearings[1])
    w.presenting = hearing.at_step(day, "presenting", hearing_at=0)
    w.performance = hearing.performances(w.presenting)[0]
    own = {code: Decimal(points) for (code, _name, _most), points in zip(hearing.CRITERIA, ("33", "30.5"), strict=True)}
    scoring.save(performance=w.performance, points=own, by=w.judge, at=w.now)
    w.signed_performance = hearing.performances(w.acknowledged)[0]
    signed = {each.judge_id: each for each in hearing.sheets(w.signed_performance)}
    w.sheet = signed[w.judge.pk]
    w.reopening = scoring.ask_reopening(sheet=signed[w.colleague.pk], reason="误加一分", by=w.colleague, at=w.now)
    Appointment.objects.filter(user=w.former_judge).update(until_on=w.today - DAY)
    _other_days(w)


def _form(day: SimpleNamespace, code: str, judges: list) -> None:
    empanelling.form_panel(
        stage=day.stage,
        code=code,
        name="第2考场",
        group="小学",
        stages=["junior"],
        judges=judges,
        reserves=[],
        by=day.officer,
        at=people.AT,
    )


def _other_days(w: SimpleNamespace) -> None:
    undrawn = hearing.called(w.city)
    HearingDay.objects.filter(pk=undrawn.day.pk).update(starts_at=w.now)
    w.undrawn_day, w.undrawn_stage = undrawn.day, undrawn.stage
    w.scheduled = Hearing.objects.get(pk=undrawn.hearing.pk)
    w.recusing = undrawn.hearings[1]
    w.recusable = undrawn.judges[0]
    uncalled = hearing.stage(w.city)
    w.uncalled_stage = uncalled.stage


def _certificates(w: SimpleNamespace) -> None:
    level = certs.level(w.city)
    team = SimpleNamespace(proposer=w.second, signatory=w.signatory)
    w.credential, w.standing = (certs.issued(level, team, [w.holder], at=w.now - DAY)[0] for _ in range(2))
    w.change = revoking.propose(
        credential=w.credential, to_state="revoked", reason=CHANGE_REASON, by=w.second, at=w.now
    )
    w.batch = certs.batch(level, w.second, [w.holder, w.stranger], at=w.now, title="待签名单")
    w.batch_digest = issuing.view_digest(issuing.batch_view(w.batch))


def _of_old_and_elsewhere(w: SimpleNamespace) -> None:
    """The county's rule and the kind it knows, one from elsewhere that waits, old papers to sign, a past training."""
    level = certs.level(w.county)
    w.duty = certs.rule(w.county, level, post="leader_in_charge")
    w.duty_to_come = certs.rule(w.county, level, post="homeroom_teacher", from_on=w.today + 30 * DAY)
    w.kind = certs.kind(w.county, equals=level)
    w.elsewhere = certs.submitted(w.holder, w.kind, at=w.now, number=ELSEWHERE)
    w.elsewhere_digest = vouching.view_digest(w.elsewhere)
    w.paper_batch = certs.papers(certs.level(w.city), w.officer, [w.holder, w.stranger], at=w.now)
    w.outcome = records.outcome(w.holder, at=w.now, title=TRAINING, organiser=w.county)


def _training(w: SimpleNamespace) -> None:
    """A programme of the county with a period to join, one that the holder is in and one that she left; her hours."""
    w.programme = training.programme(w.county, lessons=[training.lesson(minutes=45)])
    w.joinable = training.period(w.programme, at=w.now, capacity=1)
    own = training.programme(w.county, title=COURSE)
    w.own_period = training.period(own, at=w.now)
    w.enrolment = training.enrolled(w.holder, w.own_period, at=w.now)
    _sessions(w)
    _assignments(w)
    left = training.enrolled(w.holder, training.period(training.programme(w.county), at=w.now), at=w.now)
    enrolling.withdraw(enrolment=left, reason=WITHDRAWAL, by=w.holder.user, at=w.now)
    w.hours_entry = training.hours(w.holder, title=HOURS, at=w.now)
    _hours(w)


def _hours(w: SimpleNamespace) -> None:
    """What the county demands in hours, now and later; and the holder's claims: a draft, one at each step,
    one handed up; and an exemption that waits for the bureau."""
    w.rules = records.rules(w.county, from_on=w.today - 400 * DAY, until_on=w.today + 400 * DAY)
    w.rules_to_come = records.rules(w.county, from_on=w.today + 800 * DAY)
    days = {"begun_on": w.today - DAY, "done_on": w.today - DAY, "at": w.now}
    w.claim_draft = records.drafted(w.holder, title="草稿", **days)
    w.draft_proof = w.claim_draft.proofs.get()
    w.claim = records.submitted(w.holder, title=CLAIM, **days)
    w.claim_proof = w.claim.proofs.get()
    w.claim_verified = records.verified(w.holder, w.users["school_officer"], **days)
    officers = w.users["school_officer"], w.users["bureau"]
    records.recognised(w.holder, *officers, kind="award", **days)
    w.hour_export = handing_up.hand_up(unit=w.county, receiver="省系统", by=w.users["bureau"], at=w.now)
    records.recognised(w.holder, *officers, kind="outside_training", **days)  # waits to be handed up
    w.honour = records.entered(w.holder, w.users["school_officer"], scan=records.scan(), at=w.now)
    w.exemption = records.proposed(
        w.holder,
        w.users["school_officer"],
        from_on=w.today - 60 * DAY,
        until_on=w.today - 30 * DAY,
        reason="产假批复",
        scan=records.scan(),
        at=w.now,
    )
    _applications(w)


def _applications(w: SimpleNamespace) -> None:
    """A seat offered to the holder, an application of hers that came back, one that waits for her school, one among
    which the organiser picks, and a period that asks schools for names."""
    other = people.teacher("先来", school=w.school)
    narrow = training.period(training.programme(w.county), at=w.now, capacity=1, offer_hours=24)
    first = training.enrolled(other, narrow, at=w.now)
    w.offered = training.enrolled(w.holder, narrow, at=w.now)
    enrolling.withdraw(enrolment=first, reason="忙", by=other.user, at=w.now)
    w.offered.refresh_from_db()
    by_school = {"at": w.now, "admission": "school"}
    w.sent_back = training.enrolled(w.holder, training.period(training.programme(w.county), **by_school), at=w.now)
    officer = people.officer(Office.SCHOOL_OFFICER, w.school, "又一校管")
    deciding.send_back(enrolment=w.sent_back, reason="请补充", by=officer, at=w.now)
    w.applied = training.enrolled(w.holder, training.period(training.programme(w.county), **by_school), at=w.now)
    w.picked_period = training.period(training.programme(w.county), at=w.now, selection="choice")
    w.picked = training.enrolled(other, w.picked_period, at=w.now)
    w.named_period = training.period(training.programme(w.county), **by_school)


def _sessions(w: SimpleNamespace) -> None:
    """Of the period that the holder is in: a session that begins now, one that is over, and one that she appeals about.
    A code and a proof hold for so short a time that they are made when they are asked for."""
    w.meant_period = training.period(training.programme(w.county), at=w.now)
    training.meant(w.holder, w.meant_period, w.school, at=w.now)
    w.held_period = w.enrolment.period
    w.session = attendance.session(w.held_period, at=w.now, starts_at=w.now)
    w.past_session = attendance.session(w.held_period, at=w.now, starts_at=w.now - 5 * HOUR)
    appealed = attendance.session(w.held_period, at=w.now, starts_at=w.now - 10 * HOUR)
    scan = certs.picture("blue", (90, 70))
    w.appeal = appealing.appeal(session=appealed, words="我坐在第三排", scan=scan, by=w.holder.user, at=w.now)
    excused = attendance.session(w.held_period, at=w.now, starts_at=w.now - 15 * HOUR)
    given = {"state": "excused", "reason": "病假", "scan": certs.picture("green", (90, 70))}
    noted = attending.correct(session=excused, enrolment=w.enrolment, by=w.officer, at=w.now, **given)
    w.excuse = noted.marks.get()
    w.sign_code = lambda: signing_codes.code(w.session.pk, signing_codes.IN, clock.now())
    w.sign_proof = lambda: signing_codes.proof(w.session.pk, signing_codes.IN, w.holder.user.pk, clock.now())
    w.sign_mark = lambda: {
        "key": str(uuid.uuid4()),
        "enrolment": w.enrolment.pk,
        "state": "present",
        "at": clock.now().isoformat(),
    }
    w.session_typed = {
        "title": "示范课",
        "kind": "demonstration",
        "held_on": w.today.isoformat(),
        "from_time": "08:30",
        "until_time": "10:10",
        "absent_after": "15",
    }


def _assignments(w: SimpleNamespace) -> None:
    """Of the same period: work that nobody handed in yet, and some that the holder handed in, a picture."""
    w.assignment = assignments.assignment(w.own_period, at=w.now)
    of_her = assignments.assignment(w.own_period, title="听课记录", at=w.now)
    w.submission = assignments.handed_in(of_her, w.holder, file=certs.picture("blue", (90, 70)), at=w.now)
    w.assignment_typed = {
        "title": "读书笔记",
        "task": "写下三点收获。",
        "due_on": w.today.isoformat(),
        "takes_text": "on",
        "revising_days": "7",
    }


def _courses(w: SimpleNamespace) -> None:
    """A course of the county that the holder learns: one lesson in front of her, with a try that waits for answers."""
    made = courses.world(w.county, lessons=0, at=w.now)
    w.programme_page, w.course = made.page, made.course
    w.course_file = courses.file(made.room)
    w.block = courses.block("reflection", {"prompt": "您的班上呢？"})
    text = courses.block("text", f"<p>{LESSON}</p>")
    download = courses.block("download", {"file": w.course_file.pk, "title": "记录表"})
    w.lesson = courses.lesson(made.module, "在学的课", body=[text, download, w.block])
    w.tried_lesson = courses.lesson(made.module, "在测的课")
    courses.enrolled(w.holder, made.period, at=w.now)
    trying.draw(page=w.tried_lesson, course=w.course, teacher=w.holder, at=w.now)
    in_front = lessons.as_recorded(w.lesson, w.course)
    w.lesson_token = learning.open_lesson(teacher=w.holder, lesson=in_front, at=w.now)


def _rosters(w: SimpleNamespace) -> None:
    """One roster that may be imported, one that must be mended; a question file of which one item comes in."""
    row = {
        "姓名": ROSTER_NAME,
        "身份证件号": people.id_number(),
        "县（市、区）": "澜溪县",
        "学校": "澜溪县实验小学",
        "学段": "小学",
        "任教学科": "语文",
        "岗位": "班主任",
        "学历": "本科",
        "教师资格证号码": "20111234567890123",
        "参加工作年月": "2011-08",
        "在岗情况": "在岗",
        "培训学时": "72",
        "手机": PHONE,
    }
    w.collected = collecting.check(w.city, io.BytesIO(QUESTIONS), "题目.gift", by=w.second, at=w.now)
    w.run = _checked(w, row, by=w.second)
    w.faulty = _checked(w, {**row, "学校": "没有的学校"}, by=w.officer)


def _checked(w: SimpleNamespace, row: dict[str, str], *, by):
    rows = [[row.get(heading, "") for heading in roster.HEADINGS]]
    file = io.BytesIO(sheets.write([("名单", list(roster.HEADINGS), rows)]))
    return enlisting.check_roster(exam=w.open, file=file, file_name="名单.xlsx", by=by, at=w.now)


def _imports(w: SimpleNamespace) -> None:
    """Teacher rosters of the county at every step that has a page, each brought by another officer."""
    row = {"姓名": "许来", "学校": w.school.name, "学段": "小学", "岗位": "班主任", "手机": PHONE}
    brought = {
        name: imports.checked(
            people.officer(Office.BUREAU_OFFICER, w.county, "高导"),
            w.county,
            w.now,
            {**row, "身份证件号": people.id_number(), **wrong},
        )
        for name, wrong in (("checked", {}), ("faulty", {"学校": "没有的学校"}), ("done", {}))
    }
    importing.commit(run=brought["done"], chosen=[], by=brought["done"].checked_by, at=w.now)
    w.import_checked, w.import_faulty, w.import_done = brought.values()
    w.import_waiting = imports.brought(
        people.officer(Office.BUREAU_OFFICER, w.county, "高导"), w.county, w.now, {**row, "姓名": "许待"}
    )


def _coverage(w: SimpleNamespace) -> None:
    """A rule of the county that the holder misses, a target beside it, and figures of her school that wait."""
    level = certs.level(w.county, mark="FG", code="A", rank=3, name="心理健康教育A证")
    w.measured = district.rule(SimpleNamespace(county=w.county, setter=w.second), "homeroom_teacher", level)
    w.target = district.target(
        SimpleNamespace(county=w.county, setter=w.second), "homeroom_teacher", level, 80, due_on=w.today + 90 * DAY
    )
    year = reporting.school_year(w.today)
    w.reported = district.figures(
        w.school, year=year, as_of_on=dt.date(year, 9, 1), state="submitted", by=w.school_officer
    )
    w.figures_typed = {
        "as_of_on": f"{year - 1}-10-08",
        "year": str(year - 1),
        "pupils": "900",
        "classes": "20",
        "full_time_posts": "1",
        "part_time_posts": "3",
    }
    w.figures_corrected = {**w.figures_typed, "as_of_on": f"{year}-09-01", "pupils": "901"}


def _words(w: SimpleNamespace) -> None:
    cms.root()
    w.announcement = publishing.announce(title="报名通知", body="正文", by=None, at=w.now)
    w.message = inbox.message(w.holder.user, kind="exams.ticket_ready", at=w.now, exam=MESSAGE)
    w.issued_message = w.holder.user.messages.get(kind="certs.issued", facts__number=w.credential.number)
    journal.line(w.second, w.line_exam, at=w.now, reason=CITY_REASON)
    StageEntry.objects.exclude(room=None).exclude(state="seated").update(ticketed_at=w.now)
