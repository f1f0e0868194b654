"""The table of personas × addresses: who may open what, and who may act.

Every URL name of the site has its rows here. A row names who is let in. For everybody else the address is not there:
404, word for word as for a record that does not exist; a visitor without an account is sent to the sign-in page.
The world that the rows speak of is built by tests/factories/world.py.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tests.factories import exams
from tests.factories.exams import FACTS
from tests.factories.world import PASSWORD, PHONE

World = SimpleNamespace

# Who looks: teachers, officers beside, below and of the city, people with one task, and those whose office is over.
PERSONAS = (
    "anonymous",
    "teacher",  # the candidate, the holder, the owner
    "stranger",  # a teacher of the neighbour county, herself a candidate
    "bureau",  # a bureau officer of the teacher's county
    "neighbour",  # a bureau officer of the neighbour county
    "school_officer",  # looks after the records of the teacher's school
    "other_school_officer",  # of another school of the same county
    "below",  # an exam officer of the county: the city's exams are above her
    "officer",  # an exam officer of the city
    "foreign",  # an exam officer of another city
    "clerk",
    "marker",
    "idle_marker",  # holds the office, was given nothing
    "former_marker",  # was given answers, holds the office no more
    "judge",
    "colleague",  # on the same panel
    "other_judge",  # on another panel
    "former_judge",  # on the panel, holds the office no more
    "signatory",
    "auditor",
    "ended",  # was an exam officer of the city until yesterday
)
MEMBERS = PERSONAS[1:]
WATCH = ("officer", "clerk", "signatory", "auditor")
RESULTS = ("officer", "signatory", "auditor")
RECORDS = ("bureau", "below", "officer", "auditor")  # look after the records of the teacher's county
SCHOOL_RECORDS = (*RECORDS, "school_officer")  # and after those of her school
RECORD_OFFICERS = (*SCHOOL_RECORDS, "neighbour", "foreign", "other_school_officer")  # after some unit's records
MOVERS = ("bureau", "below", "officer")  # say who the teacher is and where she works
KEEPERS = (*MOVERS, "school_officer")  # write in her record
BRINGS = (*MOVERS, "neighbour", "foreign")  # bring in rosters, each of her own unit
ABOVE = ("bureau", "school_officer")  # hand a new slip to a teacher of the school
REVIEW = ("officer", "bureau")
BOARD = ("officer", "clerk")
TAKERS = ("bureau", "below", "officer", "clerk")  # take the attendance of the county's trainings

ABSENT = 987654321  # an id that no row has
ABSENT_TOKEN = "no-such-token-anywhere"
JSON = "application/json"


@dataclass(frozen=True)
class Row:
    """One address. `of` gives its arguments in a world; without, it has none.

    `sees`: who is let in by a GET. An address that only takes POST answers a GET with 405 to whoever is signed in;
    there `sees` says to whom it exists at all. `answers`: where a GET answers something else than 200, per persona.
    `sends`: what a POST carries; `acts`: for whom it does the deed. Nobody in `acts`: the table cannot make the deed
    effective in this world (a file, a longer form). `slow`: prints a document, so one who may is enough.
    """

    of: Callable[[World], list[Any]] | None = None
    sees: tuple[str, ...] = ()
    public: bool = False
    posts_only: bool = False
    answers: dict[str, int] = field(default_factory=dict)
    sends: Callable[[World], Any] | None = None
    acts: tuple[str, ...] = ()
    slow: bool = False
    kind: str | None = None  # the content type of what is sent, if it is no form

    @property
    def takes_post(self) -> bool:
        return self.sends is not None

    def args(self, world: World) -> list[Any]:
        return self.of(world) if self.of else []

    def absent(self, world: World) -> list[Any] | None:
        """The arguments of an address whose record does not exist; None where there is no record."""
        args = self.args(world)
        if not args:
            return None
        return [ABSENT_TOKEN if isinstance(args[0], str) else ABSENT, *args[1:]]

    def status(self, persona: str) -> int:
        """What a GET answers."""
        if persona in self.answers:
            return self.answers[persona]
        if self.posts_only:
            return 405 if persona != "anonymous" or self.public else 302
        if self.public or persona in self.sees:
            return 200
        return 302 if persona == "anonymous" else 404


def page(name: str, *more: Any) -> Callable[[World], list[Any]]:
    """The id of a record of the world, and what else stands in the address."""
    return lambda world: [getattr(world, name).pk, *more]


def account(name: str) -> Callable[[World], list[Any]]:
    """The id of a teacher's account."""
    return lambda world: [getattr(world, name).user_id]


def kind(name: str) -> Callable[[World], list[Any]]:
    """The name of a kind of file."""
    return lambda _world: [name]


def stage(name: str, number: int = 1, *more: Any) -> Callable[[World], list[Any]]:
    return lambda world: [exams.stage(getattr(world, name), number).pk, *more]


def module(name: str, *more: Any) -> Callable[[World], list[Any]]:
    return lambda world: [exams.module(getattr(world, name)).pk, *more]


def sends(**typed: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: typed


NOTHING = sends()
SIGNED = {"password": PASSWORD}
TYPED_FACTS = {**FACTS, "has_certificate": "on", "in_service": "on", "phone": PHONE}
TABLE = {
    "form-TOTAL_FORMS": "1",
    "form-INITIAL_FORMS": "0",
    "form-0-kind": "single",
    "form-0-count": "2",
    "form-0-points": "1",
    "table_title": "年度细目表",
    "form_count": "1",
    "avoid_last": "0",
}
NEED = {"extra_percent": "25", "reason": "材料已核", "from_on": "2024-01-01"}
SAVES = {"saves": [{"item": "1", "version": 2, "response": "C"}]}


def post(of, acts, typed=NOTHING, *, sees=(), **more) -> list[Row]:
    """An address that only takes POST; it exists for `acts` and for `sees`."""
    return [Row(of, posts_only=True, sees=tuple({*acts, *sees}), acts=acts, sends=typed, **more)]


def get(of, *sees: str, **more) -> list[Row]:
    return [Row(of, sees=sees, **more)]


def both(of, sees, acts, typed, **more) -> list[Row]:
    return [Row(of, sees=sees, acts=acts, sends=typed, **more)]


def everyone(**more) -> list[Row]:
    return [Row(sees=MEMBERS, **more)]


def public(of=None, **more) -> list[Row]:
    return [Row(of, public=True, **more)]


DESKS = {
    "desks:front": public(),
    "desks:home": everyone(),
    "desks:language": public(posts_only=True),
    "desks:journal": get(None, *RECORD_OFFICERS),
    "desks:my_record": get(None, "teacher", "stranger"),
    "desks:record_file": get(None, "teacher", "stranger"),
    "desks:record": get(page("holder"), "teacher", *SCHOOL_RECORDS),
    "desks:print_record": get(page("holder"), "teacher", *SCHOOL_RECORDS, slow=True),
    "inbox:messages": everyone(),
    "inbox:read_all": [Row(posts_only=True, sees=MEMBERS)],
    "inbox:message": [*get(page("message"), "teacher"), *get(page("issued_message"), "teacher")],
    "cms:announcements": public(),
    "cms:announcement": public(page("announcement")),
    "cms:library": public(),
    "cms:search": public(),
    "cms:collect": get(None),  # nobody of these writes courses: tests/cms/test_collecting_pages.py
    "cms:collected": get(lambda world: [1]),
    "cms:programmes": everyone(),
    "cms:programme": get(
        page("programme_page"),
        *("teacher", *RECORDS, "school_officer", "other_school_officer"),
        *("clerk", "marker", "idle_marker", "judge", "colleague", "other_judge", "signatory"),
    ),
    "cms:course": get(page("course"), "teacher", *RECORDS),
    "cms:lesson": get(page("lesson"), "teacher", *RECORDS),
    "cms:open": post(page("lesson"), ("teacher",), kind=JSON, answers={"anonymous": 405}),
    "cms:report": post(
        page("lesson"),
        ("teacher",),
        lambda world: {"token": world.lesson_token, "number": 1, "places": {}},
        kind=JSON,
        answers={"anonymous": 405},
    ),
    "cms:try": post(page("lesson"), ("teacher",)),
    "cms:answer": post(page("tried_lesson"), ("teacher",), sends(number="1")),
    "cms:file": get(lambda world: [world.course_file.file.name], "teacher", *RECORDS, answers={"anonymous": 404}),
    "cms:reflect": post(page("lesson"), ("teacher",), lambda world: {"block": world.block["id"], "text": "先听他说。"}),
    "demo:enter": public(posts_only=True),
    "demo:style": public(),
}

PEOPLE = {
    "people:units": everyone(),
    "people:activate": public(),
    # Who has a number on record has digits sent to it; nobody here waits for any.
    "people:phone": both(None, MEMBERS, ("teacher",), sends(on_record="1")),
    "people:phone_code": everyone(answers=dict.fromkeys(MEMBERS, 302)),
    "people:my_offices": everyone(),
    "people:act_for": [Row(posts_only=True, sees=MEMBERS, sends=NOTHING)],
    "people:give_office": [
        *both(
            page("school"),
            KEEPERS,
            ("bureau", "school_officer"),
            lambda world: {
                "person": world.holder.user_id,
                "office": "centre",
                "role": "member",
                "from_on": world.today.isoformat(),
            },
        ),
        *both(
            page("county"),
            MOVERS,
            MOVERS,
            lambda world: {
                "person": world.holder.user_id,
                "office": "marker",
                "from_on": world.today.isoformat(),
            },
        ),
    ],
    "people:withdraw_office": both(
        lambda world: [world.school_officer.appointments.get().pk],
        ("bureau",),
        ("bureau",),
        lambda world: {"until_on": world.today.isoformat()},
    ),
    "people:unit": [*get(page("county"), *RECORDS), *get(page("school"), *SCHOOL_RECORDS)],
    "people:unit_slips": post(page("school"), KEEPERS, sends(whom="all", how="print"), sees=("auditor",), slow=True),
    "people:register": both(
        page("school"),
        KEEPERS,
        KEEPERS,
        lambda world: {
            "full_name": "新教师",
            "id_number": world.new_number,
            "post": "classroom_teacher",
            "from_on": world.today.isoformat(),
        },
    ),
    "people:move_unit": both(page("school"), MOVERS, ("officer",), sends(parent="青屏县")),
    "people:rename_unit": both(page("school"), MOVERS, MOVERS, sends(name="澜溪县第一小学")),
    "people:close_unit": both(
        page("empty_school"), MOVERS, MOVERS, lambda world: {"on": world.today.isoformat(), "reason": "撤并"}
    ),
    "people:found_unit": both(
        page("county"), MOVERS, MOVERS, sends(name="澜溪县第九小学", code="9906080009", level="50", stages=["primary"])
    ),
    "people:merge_unit": both(
        page("empty_school"),
        MOVERS,
        MOVERS,
        lambda world: {"greater": world.sister.code, "on": world.today.isoformat(), "reason": "布局调整"},
    ),
    "people:reopen_unit": both(page("closed_school"), MOVERS, MOVERS, sends(reason="生源回升")),
    "people:search": get(None, *RECORD_OFFICERS),
    "people:me": get(None, "teacher", "stranger"),
    "people:teacher": get(page("holder"), "teacher", *SCHOOL_RECORDS),
    "people:photo": get(page("holder"), "teacher", *SCHOOL_RECORDS),
    "people:set_photo": both(page("holder"), ("teacher", *KEEPERS), ("teacher", *KEEPERS), sends(act="remove")),
    "people:correct": both(page("holder"), MOVERS, MOVERS, sends(full_name="金雀知薇", reason="录入有误")),
    "people:rename": both(
        page("holder"),
        MOVERS,
        MOVERS,
        lambda world: {"full_name": "金雀知薇", "on": world.today.isoformat(), "reason": "更名"},
    ),
    "people:change_posts": both(
        page("holder"),
        KEEPERS,
        KEEPERS,
        lambda world: {"on": world.today.isoformat(), "post_1": "leader_in_charge"},
    ),
    "people:correct_post": both(
        page("post"),
        KEEPERS,
        KEEPERS,
        sends(post="classroom_teacher", stage="primary", from_on="2012-09-01", reason="录错"),
    ),
    "people:strike_post": both(page("post"), KEEPERS, KEEPERS, sends(reason="录错")),
    "people:transfer": both(
        page("holder"), MOVERS, MOVERS, lambda world: {"school": world.sister.name, "on": world.today.isoformat()}
    ),
    "people:leave": both(
        page("holder"),
        MOVERS,
        MOVERS,
        lambda world: {"ending": "retired", "on": world.today.isoformat(), "reason": "退休"},
    ),
    "people:take_up": both(
        page("retired"),
        MOVERS,
        MOVERS,
        lambda world: {
            "school": world.sister.code,
            "post": "classroom_teacher",
            "on": world.today.isoformat(),
        },
    ),
    "people:merge": get(page("holder"), *MOVERS),
    "people:merge_with": both(
        lambda world: [world.holder.pk, world.double.pk],
        MOVERS,
        MOVERS,
        lambda world: {"greater": world.holder.pk, "reason": "重复建档"},
    ),
    "people:declare": both(
        page("holder"),
        ("teacher", *KEEPERS),
        ("teacher", *KEEPERS),
        sends(kind="kin", full_name="亲属甲", unit_name="澜溪县第二小学"),
    ),
    "people:withdraw_relation": post(page("relation"), ("teacher", *KEEPERS)),
    "people:imports": get(None, *BRINGS, "school_officer", "other_school_officer"),
    "people:import_new": both(kind("people.teachers"), BRINGS, (), NOTHING),
    "people:import_template": get(kind("people.teachers"), *BRINGS),
    "people:import_run": [
        row
        for name in ("import_waiting", "import_checked", "import_faulty", "import_done")
        for row in get(page(name), *MOVERS)
    ],
    "people:import_marked": get(page("import_faulty"), *MOVERS),
    "people:import_commit": post(page("import_checked"), MOVERS),
    "people:import_undo": post(page("import_done"), MOVERS),
    "people:import_abandon": post(page("import_checked"), MOVERS),
    "people:days_off": both(
        None,
        ("bureau", "neighbour", "below", "officer", "foreign"),
        (),
        sends(first="2031-10-01", kind="off", name="节日"),
    ),
    # The calendar belongs to the bureau of the whole tree; every other office finds no way to change it.
    "people:clear_day_off": post(page("day_off"), ()),
    "people:account": [
        *get(page("school_officer"), "bureau"),
        # A teacher's account is shown with her record.
        Row(account("forgetful"), answers={"bureau": 302, "school_officer": 302}),
    ],
    "people:new_slip": both(account("forgetful"), ABOVE, ABOVE, sends(old="wrong_hands"), slow=True),
    "people:reset_second_factor": both(page("school_officer"), ("bureau",), ("bureau",), sends(reason="手机遗失")),
    "people:close_account": both(account("forgetful"), ("bureau",), ("bureau",), sends(reason="本人申请")),
    "people:reopen_account": both(account("closed_out"), ("bureau",), ("bureau",), sends(reason="重新任教")),
    "people:teacher_slip": post(page("holder"), KEEPERS, sees=("teacher", "auditor"), slow=True),
}

REGISTRATION = {
    "exams:list": everyone(
        answers={name: 302 for name in MEMBERS if name not in (*WATCH, "bureau", "neighbour", "below", "foreign")}
    ),
    "exams:mine": everyone(),
    "exams:exam": [
        *get(page("open"), *WATCH, "bureau", "neighbour"),
        *get(page("closed"), *WATCH, "bureau"),
        *get(page("planned"), *WATCH),
        *get(page("county_exam"), *WATCH, "below"),
    ],
    "exams:open_registration": post(page("planned"), ("officer",)),
    "exams:close_registration": post(page("expired"), ("officer",)),
    "exams:apply": both(page("county_exam"), ("teacher",), ("teacher",), sends(**TYPED_FACTS)),
    "exams:announcement": get(page("open"), "teacher", "stranger", *WATCH, "bureau", "neighbour"),
    "exams:describe": both(
        page("planned"), ("officer",), ("officer",), sends(announcement="欢迎报名", contact="考务室")
    ),
    "exams:school_word": get(None, "school_officer", "other_school_officer"),
    "exams:school_confirm": both(page("at_school"), ("school_officer",), ("school_officer",), sends(act="confirm")),
    "exams:candidate_photo": both(page("returned"), ("teacher", *REVIEW), (), NOTHING),
    "exams:photo_file": get(page("returned"), "teacher", *WATCH, "bureau"),
    "exams:candidates": both(
        page("open"),
        (*WATCH, "bureau", "neighbour"),
        REVIEW,
        lambda world: {"candidate": [world.submitted.pk]},
    ),
    "exams:candidate": [*get(page("submitted"), *WATCH, "bureau"), *get(page("abroad"), *WATCH, "neighbour")],
    "exams:decide": post(page("submitted"), REVIEW, sends(act="approve"), sees=WATCH),
    "exams:correct": both(page("returned"), ("teacher", *REVIEW), ("teacher", *REVIEW), sends(**TYPED_FACTS)),
    "exams:pledge": both(page("returned"), ("teacher",), (), NOTHING),
    "exams:withdraw": both(page("returned"), ("teacher", *REVIEW), ("teacher", *REVIEW), sends(reason="调离")),
    "exams:arrange": both(stage("closed"), ("officer",), ("officer",), sends(seed="a-seed")),
    "exams:sites": both(
        stage("closed"), ("officer",), ("officer",), sends(sites="一中 | 学府路 | 30×2", seats_across="5")
    ),
    "exams:find_late": get(stage("arranged"), "officer"),
    "exams:add_late": both(lambda w: [exams.stage(w.arranged).pk, w.holder.pk], ("officer",), (), NOTHING),
    "exams:swap_seats": both(page("unticketed"), ("officer",), (), NOTHING),
    "exams:publish_tickets": post(stage("arranged"), ("officer",)),
    "exams:rooms": get(stage("sitting_exam"), *WATCH),
    "exams:print_rooms": post(stage("sitting_exam"), WATCH, slow=True),
    "exams:prepare_prints": post(stage("sitting_exam"), WATCH, sends(part="sheets")),
    "exams:print_run": get(page("prints"), *WATCH),
    "exams:fetch_print": post(page("prints"), WATCH),
    "exams:door": get(stage("sitting_exam", 1, 1), *WATCH),
    "exams:ticket": get(page("entry"), "teacher", "officer"),
    "exams:roster": both(page("open"), ("officer",), (), NOTHING),
    "exams:roster_template": get(page("open"), "officer"),
    "exams:roster_run": [*get(page("run"), "officer"), *get(page("faulty"), "officer")],
    "exams:roster_marked": get(page("faulty"), "officer"),
    "exams:roster_commit": post(page("run"), ("officer",)),
    "exams:roster_abandon": post(page("run"), ("officer",)),
    "exams:accommodations": get(None, "officer", "below", "foreign"),
    "exams:grant_accommodation": both(page("holder"), ("officer", "below"), ("officer", "below"), sends(**NEED)),
    "exams:withdraw_accommodation": both(
        page("need"), ("officer", "below"), ("officer", "below"), sends(reason="已康复")
    ),
    "exams:slips": both(page("open"), ("officer",), ("officer",), sends(whom="all")),
}

CONVENING = {
    "exams:convene": both(None, ("officer", "below", "foreign"), (), NOTHING),
    "exams:amend": both(page("planned"), ("officer",), (), NOTHING),
    "exams:plan": get(page("planned"), "officer"),
    "exams:usual_plan": post(page("bare"), ("officer",)),
    "exams:new_stage": both(page("bare"), ("officer",), ("officer",), sends(name="笔试")),
    "exams:new_module": both(stage("planned", 2), ("officer",), (), NOTHING),
    "exams:rubric": both(lambda world: [exams.module(world.panel_exam, 2).pk], ("officer",), (), NOTHING),
    "exams:schedule_sitting": both(module("planned"), ("officer",), (), NOTHING),
}

PAPERS = {
    "exams:bank": everyone(),
    "exams:collect": [
        Row(
            sees=("officer", "below", "foreign"),
            answers={name: 403 for name in MEMBERS if name not in ("officer", "below", "foreign")},
        )
    ],
    "exams:question_template": [
        Row(
            sees=("officer", "below", "foreign"),
            answers={name: 403 for name in MEMBERS if name not in ("officer", "below", "foreign")},
        )
    ],
    "exams:export_questions": [
        Row(
            sees=("officer", "below", "foreign"),
            answers={name: 403 for name in MEMBERS if name not in ("officer", "below", "foreign")},
        )
    ],
    "exams:collected": get(page("collected"), "officer"),
    "exams:collected_report": get(page("collected"), "officer"),
    "exams:take_in": post(page("collected"), ("officer",)),
    "exams:give_up_collected": post(page("collected"), ("officer",)),
    # No picture in this world: tests/exams/test_collecting_pages.py.
    "exams:question_media": get(page("city", "0123456789abcdef")),
    "exams:bank_decide": post(
        None,
        ("officer",),
        lambda world: {"chosen": [world.question.pk], "step": "retire", "reason": "法规已修订"},
    ),
    "exams:export_ticked": post(
        None, ("officer",), lambda world: {"chosen": [world.question.pk], "format": "workbook"}
    ),
    "exams:write_question": get(None, "officer", "below", "foreign"),
    "exams:write_kind": both(lambda world: ["single"], ("officer", "below", "foreign"), (), NOTHING),
    "exams:question": get(page("question"), "officer"),
    "exams:question_step": post(page("question"), ("officer",), sends(step="retire", reason="法规已修订")),
    "exams:revise_question": both(page("question"), ("officer",), (), NOTHING),
    "exams:bank_topics": both(page("city"), ("officer",), (), NOTHING),
    "exams:bank_alike": get(page("city"), "officer"),
    "exams:papers": everyone(),
    "exams:compose": both(module("open"), ("officer",), (), sends(title="另一份")),
    "exams:draft": both(module("open"), ("officer",), (), NOTHING),
    "exams:keep_table": post(module("open"), ("officer",), sends(**TABLE)),
    "exams:paper": get(page("draft"), "officer"),
    "exams:paper_contents": post(page("draft"), ("officer",)),
    "exams:recompose": both(page("draft"), ("officer",), (), sends(title="改过")),
    "exams:swap": both(page("draft", 1), ("officer",), (), NOTHING),
    "exams:discard_table": both(
        lambda world: [exams.module(world.open).pk, world.table.pk], ("officer",), ("officer",), NOTHING
    ),
    "exams:discard_paper": both(page("draft"), ("officer",), (), NOTHING),
    "exams:preview_paper": post(page("draft"), ("officer",)),
    "exams:print_paper": post(page("draft"), ("officer",), slow=True),
    "exams:freeze": post(page("draft"), ("officer",), lambda world: {**SIGNED, "seen_digest": world.draft_digest}),
}

SITTING = {
    "exams:sit": both(page("entry"), ("teacher",), (), NOTHING),
    "exams:attempt": get(page("attempt"), "teacher"),
    "exams:take_over": both(page("attempt_elsewhere"), ("teacher",), ("teacher",), sends(**SIGNED)),
    "exams:save_answers": post(page("attempt"), ("teacher",), sends(**SAVES), kind=JSON, answers={"anonymous": 405}),
    "exams:hand_in": both(page("attempt"), ("teacher",), ("teacher",), NOTHING),
    "exams:receipt": get(page("script"), "teacher"),
    "exams:invigilate": get(stage("sitting_exam"), *WATCH),
    "exams:mark_absent": post(stage("late_exam"), ("officer",)),
    "exams:everybody": both(stage("sitting_exam"), WATCH, (), NOTHING),
    "exams:violations": get(stage("sitting_exam"), *WATCH),
    "exams:scripts_with_late": get(stage("sitting_exam"), "officer"),
    "exams:at_seat": both(page("entry"), WATCH, (), NOTHING),
    "exams:violation": both(page("violation"), WATCH, (), NOTHING),
    "exams:late": both(page("script"), ("officer",), (), NOTHING),
    "exams:check_receipt": everyone(),
}

MARKING = {
    "exams:on_paper": both(module("planned"), ("officer",), ("officer",), sends(on_paper="total")),
    # In this world the stage is being marked: the list is the exam officers' alone.
    "exams:sign_in_list": both(stage("paper_exam", 1, 1), ("officer",), (), NOTHING),
    "exams:end_on_paper": post(stage("paper_exam"), (), sees=("officer",)),
    "exams:paper_scores": get(stage("paper_exam"), *BOARD),
    "exams:enter_scores": both(page("paper_script"), BOARD, BOARD, sends(**{"p-total": "60"})),
    "exams:decide_scores": both(page("differing"), BOARD, BOARD, sends(**{"p-total": "77"})),
    "exams:piles": everyone(),
    "exams:next_mark": get(module("marking_exam", "5"), answers={"marker": 302}),
    "exams:mark": [
        *both(page("mark"), ("marker",), ("marker",), sends(points="2")),
        *both(page("former_mark"), (), (), sends(points="2")),
    ],
    "exams:marking": both(stage("marking_exam"), ("officer",), (), NOTHING),
    "exams:allocate_list": post(stage("marking_exam"), (), sees=("officer",)),
    "exams:assign_third": post(page("apart"), ("officer",), lambda world: {"marker": world.idle_marker.pk}),
    "exams:check_scores": post(stage("marking_exam"), (), sees=("officer",)),
    "exams:marked_item": get(lambda world: [world.mark.answer.attempt.paper_id, "5"], "officer"),
    "exams:item_criteria": both(
        lambda world: [world.mark.answer.attempt.paper_id, "6.1"],
        ("officer",),
        ("officer",),
        sends(criteria="分析原因 2\n说明依据 3"),
    ),
    "exams:trial": both(
        lambda world: [world.trial_rule.paper_id, "6.2"],
        ("marker", "idle_marker"),
        ("marker",),
        lambda world: {"script": world.trial_script.pk, "points": "2"},
    ),
    "exams:trial_setup": get(lambda world: [world.trial_rule.paper_id, "6.2"], "officer"),
    "exams:trial_script": post(
        lambda world: [world.trial_rule.paper_id, "6.2"], ("officer",), sends(text="备卷", points="2", reason="研讨")
    ),
    # Begun already: tests/exams/test_trial_pages.py.
    "exams:trial_require": post(lambda world: [world.trial_rule.paper_id, "6.2"], (), sees=("officer",)),
    "exams:trial_decide": post(
        lambda world: [world.trial_rule.paper_id, "6.2"],
        ("officer",),
        lambda world: {"marker": world.idle_marker.pk, "kind": "go_on", "reason": "有争议"},
    ),
    "exams:answer_marks": get(page("apart"), "officer"),
    "exams:mark_anew": post(page("apart"), (), sees=("officer",)),
    "exams:check_others": post(page("apart"), (), sees=("officer",)),
    "exams:rating_sheets": get(None, "judge", "colleague", "other_judge"),
    "exams:rating_sheet": both(page("rating_sheet"), ("judge",), ("judge",), sends(**{"r-1": "60"})),
    "exams:standard": both(module("marking_exam"), ("officer",), (), NOTHING),
    "exams:open_round": post(page("named_setting"), ("officer",)),
    "exams:close_round": post(page("setting"), (), sees=("officer",)),
    "exams:freeze_standard": post(page("setting"), (), sees=("officer",)),
    "exams:dissolve_standard": post(page("setting"), ("officer",), sends(reason="一位评委病休")),
}

HEARING = {
    "exams:judging": get(None, "judge", "colleague", "other_judge"),
    "exams:judge_sheet": both(
        page("performance"),
        ("judge", "colleague"),
        ("judge", "colleague"),
        lambda world: {"p-material": "20", "p-method": "20"},
    ),
    "exams:recuse_myself": both(page("performance"), ("judge", "colleague"), (), sends(reason="亲戚")),
    "exams:ask_my_reopening": both(
        page("signed_performance"), ("judge", "colleague"), ("judge",), sends(reason="误加")
    ),
    "exams:days": get(None, *WATCH, "below", "foreign"),
    "exams:board": get(page("hearing_day"), *BOARD),
    "exams:board_now": get(page("hearing_day"), *BOARD),
    "exams:draw_order": post(page("undrawn_day"), ("clerk",), sees=("officer",)),
    "exams:hearing_leave": both(page("presenting"), BOARD, ("clerk",), sends(act="disqualify", reason="报出姓名")),
    "exams:slip": get(page("acknowledged"), *BOARD),
    "exams:recuse": both(
        page("recusing"),
        BOARD,
        ("officer",),
        lambda world: {"judge": world.recusable.pk, "reason": "同校"},
    ),
    "exams:hearing_step": post(page("presenting", "defend"), ("clerk",), sees=("officer",)),
    "exams:ask_reopening": both(page("sheet"), BOARD, BOARD, sends(reason="误加")),
    "exams:reopening": both(
        page("reopening"),
        BOARD,
        ("officer",),
        lambda world: {**SIGNED, "seen_digest": world.reopening.seen_digest},
    ),
    "exams:hearing_setup": [
        *get(page("panel_stage"), *WATCH),
        *get(page("uncalled_stage"), *WATCH),
    ],
    "exams:new_panel": both(page("uncalled_stage"), ("officer",), (), sends(code="P9", name="第9考场")),
    "exams:add_reserve": both(page("panel"), ("officer",), ("officer",), lambda world: {"judges": world.free_judge.pk}),
    "exams:topics": both(page("uncalled_stage"), ("officer",), ("officer",), sends(topics="小学,Y-1,新题")),
    "exams:new_day": both(
        page("uncalled_stage"),
        ("officer",),
        ("officer",),
        lambda world: {
            "starts_at": f"{world.today.year + 1}-04-01T08:30",
            "site": "教育学院",
            "slot_minutes": 20,
            "prepare_minutes": 30,
            "present_minutes": 15,
            "defend_minutes": 5,
        },
    ),
    "exams:call_candidates": post(page("uncalled_stage"), ("officer",)),
    "exams:recusals": get(page("panel_stage"), *WATCH),
    "exams:lots": get(page("panel_stage"), *WATCH),
}

RESULT_PAGES = {
    "exams:analysis": get(module("line_exam"), "officer"),
    "exams:cut_score": get(module("line_exam"), *RESULTS),
    "exams:propose_line": post(module("unproposed"), ("officer",), sends(value="60", reason="按方案"), sees=RESULTS),
    "exams:line_units": get(module("line_exam"), *RESULTS),
    "exams:approve_line": post(
        page("cut"),
        ("officer", "signatory"),
        lambda world: {**SIGNED, "seen_digest": world.cut.seen_digest},
        sees=RESULTS,
    ),
    "exams:return_line": post(page("cut"), ("officer", "signatory"), sends(reason="再议"), sees=RESULTS),
    "exams:results": get(stage("line_exam"), *RESULTS),
    "exams:result": get(lambda world: [world.result.entry_id], *RESULTS),
    "exams:my_result": [
        *get(lambda world: [world.result.entry.candidate_id], "teacher"),
        *get(lambda world: [candidacy(world.coming, world.holder)], "teacher"),
        *get(lambda world: [candidacy(world.public, world.holder)], "teacher"),
    ],
    "exams:propose_publicity": both(
        stage("unlisted"), ("officer",), ("officer",), lambda world: {"opens_on": world.today.isoformat()}
    ),
    "exams:notice": [
        *both(page("notice"), WATCH, ("officer", "signatory"), sends(act="return", reason="校名有误")),
        *both(
            page("notice"),
            WATCH,
            ("officer", "signatory"),
            lambda world: {**SIGNED, "seen": world.notice.seen_digest},
        ),
    ],
    "exams:finalise": post(stage("past"), ("officer",)),
    "exams:award": both(
        page("finished"), ("officer",), ("officer",), lambda world: {"issue_on": world.today.isoformat()}
    ),
    "exams:notices": public(),
    "exams:public_notice": [
        *public(lambda world: [world.public_notice.token]),
        # Proposed only, decided but not open yet: there for nobody.
        *get(lambda world: [world.notice.token], answers={"anonymous": 404}),
        *get(lambda world: [world.coming_notice.token], answers={"anonymous": 404}),
    ],
}


def candidacy(exam, teacher) -> int:
    return exam.candidates.get(teacher=teacher).pk


CERTIFICATES = {
    "certs:mine": everyone(),
    "certs:verify": public(),
    "certs:verify_token": public(lambda world: [world.credential.token]),
    "certs:schemes": get(None, "bureau", "neighbour", "below", "officer", "foreign"),
    "certs:new_scheme": both(
        None,
        ("bureau", "neighbour", "below", "officer", "foreign"),
        ("officer",),
        lambda world: {"authority": world.city.pk, "name": "另一种证书", "code": "other", "mark": "QT"},
    ),
    "certs:new_level": both(
        lambda world: [world.credential.level.scheme_id],
        ("officer",),
        ("officer",),
        sends(name="C证", code="C", rank=9),
    ),
    "certs:batches": everyone(),
    "certs:batch": [
        *both(
            page("batch"),
            RESULTS,
            ("signatory",),
            lambda world: {**SIGNED, "act": "issue", "seen_digest": world.batch_digest},
        ),
        *both(page("batch"), RESULTS, ("signatory",), sends(act="return", reason="再核", seen_digest="x")),
    ],
    "certs:register": everyone(),
    "certs:credential": get(page("credential"), "teacher", "signatory", *SCHOOL_RECORDS),
    "certs:download": get(page("credential"), "teacher", "signatory", *SCHOOL_RECORDS),
    "certs:picture": get(page("credential"), "teacher", "signatory", *SCHOOL_RECORDS),
    "certs:show": get(page("credential"), "teacher", "signatory", *SCHOOL_RECORDS),
    "certs:propose_change": post(
        page("standing"), ("officer", "signatory"), sends(to_state="suspended", reason="核查"), sees=("auditor",)
    ),
    "certs:decide_change": [
        *post(page("change"), ("officer", "signatory"), sends(act="approve", **SIGNED), sees=("auditor",)),
        *post(page("change"), ("officer", "signatory"), sends(act="return", reason="再议"), sees=("auditor",)),
    ],
}


def claim_typed(world: World) -> dict[str, Any]:
    """A claim of hours as a teacher types it."""
    yesterday = (world.today - dt.timedelta(days=1)).isoformat()
    deed = {"kind": "paper", "title": "倾听", "organiser": "某刊", "level": "province", "hours": "6"}
    return {**deed, "begun_on": yesterday, "done_on": yesterday}


def rules_typed(world: World) -> dict[str, Any]:
    """Rules of hours as a bureau officer types them, for days on which none are laid down."""
    demand = {"yearly": "72", "general": "0", "professional": "0", "elective": "0", "daily_cap": "8"}
    demand |= {"minutes_per_hour": "45", "cycle_hours": "360", "cycle_years": "5", "year_month": "9", "year_day": "1"}
    days = {"from_on": world.today + dt.timedelta(days=500), "until_on": world.today + dt.timedelta(days=600)}
    return {"authority": world.county.pk, "name": "新规定", **days, **demand, "paper_category": "professional"}


TEACHERS = ("teacher", "stranger")
LOOKS_ELSEWHERE = ("bureau", "school_officer", "auditor")  # at what the teacher holds from others
BUREAUS = ("bureau", "neighbour")
SUBMITTERS = ("teacher", "stranger", *BUREAUS, "school_officer", "other_school_officer")

DUTIES = {
    "certs:duties": get(None, *RECORD_OFFICERS),
    "certs:new_duty": both(
        None,
        BUREAUS,
        ("bureau",),
        lambda world: {
            "authority": world.county.pk,
            "post": "support_staff",
            "level": world.duty.level_id,
            "is_required": "yes",
            "from_on": world.today.isoformat(),
        },
    ),
    "certs:end_duty": both(page("duty"), ("bureau",), ("bureau",), lambda world: {"until_on": world.today.isoformat()}),
    "certs:take_back_duty": post(page("duty_to_come"), ("bureau",)),
    "certs:types": get(None, *RECORD_OFFICERS),
    "certs:new_type": both(
        None,
        BUREAUS,
        ("bureau",),
        lambda world: {
            "authority": world.county.pk,
            "name": "国家二级心理咨询师",
            "issuer": "国家",
            "from_on": world.today.isoformat(),
        },
    ),
    "certs:type": get(page("kind"), "bureau"),
    "certs:map_type": post(page("kind"), ("bureau",), sends(equals="")),
    "certs:end_type": post(page("kind"), ("bureau",), lambda world: {"until_on": world.today.isoformat()}),
    "certs:external_list": get(None, *LOOKS_ELSEWHERE, "neighbour", "other_school_officer"),
    "certs:submit_external": both(None, SUBMITTERS, (), NOTHING),
    "certs:external": get(page("elsewhere"), "teacher", *LOOKS_ELSEWHERE),
    "certs:scan": get(page("elsewhere"), "teacher", *LOOKS_ELSEWHERE),
    "certs:decide_external": [
        *post(page("elsewhere"), ("bureau",), lambda world: {"act": "verify", "seen_digest": world.elsewhere_digest}),
        *post(page("elsewhere"), ("bureau",), sends(act="turn_down", reason="影像不清", seen_digest="x")),
    ],
    "certs:take_back": post(page("paper_batch"), ("officer",), sees=RESULTS),
    "training:mine": everyone(),
    "training:enrol": post(page("joinable"), ("teacher",)),
    "training:withdraw": both(page("enrolment"), ("teacher",), ("teacher",), sends(reason="临时有任务")),
    "training:accept": post(page("offered"), ("teacher",)),
    "training:decline": post(page("offered"), ("teacher",)),
    "training:again": post(page("sent_back"), ("teacher",)),
    "training:school": get(None, "school_officer", "other_school_officer"),
    "training:nominate": both(
        page("named_period"),
        (*KEEPERS, "other_school_officer"),
        KEEPERS,
        lambda world: {"teacher": world.holder.pk},
    ),
    "training:period": get(page("own_period"), *MOVERS),
    "training:picks": post(page("picked_period"), MOVERS, lambda world: {"enrolment": world.picked.pk, "act": "pick"}),
    "training:seats": both(page("own_period"), MOVERS, MOVERS, sends(capacity="9")),
    "training:shares": both(
        page("joinable"), MOVERS, MOVERS, lambda world: {f"unit-{world.school.pk}": "1", "until_on": ""}
    ),
    "training:terms": both(page("own_period"), MOVERS, MOVERS, sends(hours_professional="80")),
    "training:trainers": both(page("own_period"), MOVERS, MOVERS, sends(trainer_names="王教授")),
    "training:award": get(page("own_period"), *MOVERS),
    "training:close": post(page("own_period"), (), sees=MOVERS),
    "training:application": get(page("enrolment"), *KEEPERS),
    "training:decide": [
        *post(page("applied"), KEEPERS, sends(act="approve")),
        *post(page("applied"), KEEPERS, sends(act="return", reason="请补充")),
    ],
    "training:programmes": get(None, *BRINGS),
    "training:found_programme": both(
        None,
        BRINGS,
        ("bureau", "below"),
        lambda world: {"organisation": world.county.pk, "code": "new", "title": "新项目", "track": "德育"},
    ),
    "training:revise_programme": both(page("programme"), MOVERS, MOVERS, sends(title="新名称")),
    "training:needs": get(page("programme"), *MOVERS),
    "training:batches": get(page("programme"), *MOVERS),
    "training:take_back_batches": both(page("meant_period"), MOVERS, MOVERS, sends(reason="日期有误")),
    "training:demands": both(page("programme"), MOVERS, MOVERS, sends(percent="80")),
    "training:open_period": both(
        page("programme"),
        MOVERS,
        MOVERS,
        lambda world: {
            "number": "2",
            "mode": "self_study",
            "enrol_from_on": world.today.isoformat(),
            "enrol_until_on": world.today.isoformat(),
            "starts_on": world.today.isoformat(),
            "ends_on": world.today.isoformat(),
            "admission": "school",
            "selection": "order",
        },
    ),
    "training:sessions": get(page("held_period"), *TAKERS),
    "training:schedule": both(page("held_period"), MOVERS, MOVERS, lambda world: world.session_typed),
    "training:near": get(None, *BRINGS, "clerk"),
    "training:session": get(page("session"), *TAKERS),
    "training:change_session": both(page("session"), MOVERS, MOVERS, lambda world: world.session_typed),
    "training:cancel_session": both(page("session"), MOVERS, MOVERS, sends(reason="停电")),
    "training:code": get(page("session"), *TAKERS),
    "training:roll_call": get(page("session"), *TAKERS),
    "training:marks": post(
        page("session"),
        TAKERS,
        lambda world: {"source": "list", "marks": [world.sign_mark()]},
        kind=JSON,
        answers={"anonymous": 405},
    ),
    "training:print_sheet": get(page("session"), *TAKERS),
    "training:correct_attendance": both(
        lambda world: [world.session.pk, world.enrolment.pk], TAKERS, TAKERS, sends(state="excused", reason="病假")
    ),
    "training:appeal": both(page("past_session"), ("teacher",), ("teacher",), sends(words="我坐在第三排")),
    "training:decide_appeal": both(page("appeal"), TAKERS, TAKERS, sends(state="present", reason="有人证明")),
    "training:mark_proof": get(page("excuse"), "teacher", *TAKERS),
    "training:appeal_proof": get(page("appeal"), "teacher", *TAKERS),
    "training:assignments": get(page("own_period"), *MOVERS),
    "training:assign": both(page("own_period"), MOVERS, MOVERS, lambda world: world.assignment_typed),
    "training:assignment": both(page("assignment"), ("teacher",), ("teacher",), sends(text="我和小安谈了。")),
    "training:change_assignment": both(page("assignment"), MOVERS, MOVERS, lambda world: world.assignment_typed),
    "training:withdraw_assignment": both(page("assignment"), MOVERS, MOVERS, sends(reason="重复")),
    "training:submissions": get(lambda world: [world.submission.assignment_id], *MOVERS),
    "training:submission": both(page("submission"), MOVERS, MOVERS, sends(act="pass", version="1", feedback="很好")),
    "training:work_file": get(page("submission", 1), "teacher", *MOVERS),
    # Whoever scans the code is told why it is not hers: she stands in the room, or somebody sent her a picture.
    "training:sign": both(
        lambda world: [world.sign_code()],
        MEMBERS,
        ("teacher",),
        lambda world: {"proof": world.sign_proof()},
        answers={each: 403 for each in MEMBERS if each != "teacher"},
    ),
    "records:mine": everyone(),
    "records:people": get(None, *RECORD_OFFICERS),
    "records:person": get(page("holder"), *SCHOOL_RECORDS),
    "records:propose_exemption": both(
        page("holder"),
        ABOVE,
        ABOVE,
        lambda world: {
            "ground": "sick_leave",
            "from_on": world.today.isoformat(),
            "until_on": world.today.isoformat(),
            "reason": "病假批复",
        },
    ),
    "records:exemptions": get(None, *LOOKS_ELSEWHERE, "neighbour", "other_school_officer"),
    "records:exemption": get(page("exemption"), "teacher", *LOOKS_ELSEWHERE),
    "records:exemption_paper": get(page("exemption"), "teacher", *LOOKS_ELSEWHERE),
    "records:decide_exemption": [
        *post(page("exemption"), ("bureau",), sends(act="grant")),
        *post(page("exemption"), ("bureau",), sends(act="reject", decision="缺少材料")),
    ],
    "records:my_honours": get(None, *TEACHERS),
    "records:honours": get(None, *RECORD_OFFICERS),
    "records:honour": get(page("honour"), "teacher", *SCHOOL_RECORDS),
    "records:honour_paper": get(page("honour"), "teacher", *SCHOOL_RECORDS),
    "records:enter_honour": both(
        page("holder"),
        ("teacher", *ABOVE),
        ("teacher", *ABOVE),
        sends(title="优秀班主任", level="county", giver="县教育局", given_on="2019"),
    ),
    "records:decide_honour": [
        *post(page("honour"), ("bureau",), sends(act="confirm")),
        *post(page("honour"), ("bureau",), sends(act="reject", decision="无证书")),
    ],
    "records:take_back_hours": both(page("hours_entry"), MOVERS, MOVERS, sends(reason="重复登记")),
    "records:statement": get(page("holder"), "teacher", *SCHOOL_RECORDS, slow=True),
    "records:export": both(
        None,
        RECORD_OFFICERS,
        ("bureau", "below"),
        lambda world: {
            "unit": world.county.pk,
            "from_on": world.today.isoformat(),
            "until_on": world.today.isoformat(),
        },
    ),
    "records:my_claims": get(None, *TEACHERS),
    "records:new_claim": both(None, TEACHERS, ("teacher",), claim_typed),
    "records:claim": get(page("claim"), "teacher", *LOOKS_ELSEWHERE),
    "records:edit_claim": both(page("claim_draft"), ("teacher",), ("teacher",), claim_typed),
    "records:add_proof": post(page("claim_draft"), (), sees=("teacher",)),
    "records:remove_proof": post(page("draft_proof"), ("teacher",)),
    "records:proof": get(page("claim_proof"), "teacher", *LOOKS_ELSEWHERE),
    "records:submit_claim": post(page("claim_draft"), ("teacher",)),
    "records:claim_queue": get(None, *LOOKS_ELSEWHERE, "neighbour", "other_school_officer"),
    "records:exports": both(
        None,
        BUREAUS,
        ("bureau",),
        lambda world: {"unit": world.county.pk, "receiver": "省继续教育系统"},
    ),
    "records:take_export": post(page("hour_export"), ("bureau",)),
    "records:decide_claim": [
        *post(page("claim"), ("bureau", "school_officer"), sends(act="verify")),
        *post(page("claim"), ("bureau", "school_officer"), sends(act="return", reason="影像不清")),
        *post(page("claim_verified"), ("bureau",), sends(act="recognise"), sees=("school_officer",)),
        *post(page("claim_verified"), ("bureau",), sends(act="reject", reason="非本人"), sees=("school_officer",)),
    ],
    "records:rules": get(None, *RECORD_OFFICERS),
    "records:rule_set": get(page("rules"), *SCHOOL_RECORDS, "other_school_officer"),
    "records:new_rules": both(None, BUREAUS, ("bureau",), rules_typed),
    "records:end_rules": post(page("rules"), ("bureau",), lambda world: {"until_on": world.today.isoformat()}),
    "records:take_back_rules": post(page("rules_to_come"), ("bureau",)),
    "records:trainings": get(None, *RECORD_OFFICERS),
    "records:training": get(page("outcome"), "teacher", *SCHOOL_RECORDS),
    "records:strike": post(page("outcome"), MOVERS, sends(reason="录错")),
}

FIGURES = {
    "people:figures": get(None, *RECORD_OFFICERS),
    "people:figures_reminder": get(None, *RECORD_OFFICERS),
    "people:unit_figures": get(page("school"), *SCHOOL_RECORDS),
    "people:report_figures": both(
        page("school"), ("bureau", "school_officer"), ("bureau", "school_officer"), lambda world: world.figures_typed
    ),
    "people:correct_figures": both(
        page("reported"),
        ("bureau", "school_officer"),
        ("bureau", "school_officer"),
        lambda world: world.figures_corrected,
    ),
    "people:decide_figures": [
        *post(page("reported"), ("bureau",), sends(act="confirm")),
        *post(page("reported"), ("bureau",), sends(act="return", reason="核对班级数")),
    ],
}


def measured(unit: str) -> Callable[[World], list[Any]]:
    return lambda world: [getattr(world, unit).pk, world.measured.pk]


COVERAGE = {
    "audits:home": get(None, *RECORD_OFFICERS),
    "audits:coverage": [*get(page("county"), *RECORDS), *get(page("school"), *SCHOOL_RECORDS)],
    "audits:export": [*post(page("county"), RECORDS), *post(page("school"), SCHOOL_RECORDS)],
    "audits:lacking": [*get(measured("county"), *RECORDS), *get(measured("school"), *SCHOOL_RECORDS)],
    "audits:export_lacking": [*post(measured("county"), RECORDS), *post(measured("school"), SCHOOL_RECORDS)],
    "audits:targets": both(
        page("county"),
        ("bureau",),
        ("bureau",),
        lambda world: {
            "post": "homeroom_teacher",
            "level": world.measured.level_id,
            "measure": "certified",
            "percent": "90",
            "due_on": world.today.isoformat(),
        },
    ),
    "audits:set_norm": post(
        page("county"),
        ("bureau",),
        lambda world: {"pupils_per_teacher": "1000", "source": "文件", "from_on": world.today.isoformat()},
    ),
    "audits:withdraw_target": post(page("target"), ("bureau",)),
}

TABLE: dict[str, list[Row]] = {
    **DESKS,
    **PEOPLE,
    **REGISTRATION,
    **CONVENING,
    **PAPERS,
    **SITTING,
    **MARKING,
    **HEARING,
    **RESULT_PAGES,
    **CERTIFICATES,
    **DUTIES,
    **FIGURES,
    **COVERAGE,
}

# Where what must not travel may be read, and by whom. Whoever is not named must find it nowhere.
EVERYBODY = PERSONAS
OWN = ("teacher",)
# A teacher's record in one timeline: her own pages and her file, and what the offices above read of it.
OWN_RECORD = ("desks:my_record", "desks:record_file", "desks:record", "desks:print_record")
RECORD_READ = {
    **dict.fromkeys(OWN_RECORD, OWN),
    **dict.fromkeys(("desks:record", "desks:print_record"), (*OWN, *SCHOOL_RECORDS)),
}
ENTITLED: dict[str, dict[str, tuple[str, ...]]] = {
    "stem": {"exams:attempt": OWN, "exams:rating_sheet": ("judge",)},
    "option": {"exams:attempt": OWN, "exams:rating_sheet": ("judge",)},
    "guide": {
        **{"exams:mark": ("marker",), "exams:rating_sheet": ("judge",)},
        **dict.fromkeys(("exams:marked_item", "exams:item_criteria"), ("officer",)),
    },
    "key": {"exams:rating_sheet": ("judge",)},
    "bank stem": {"exams:bank": ("officer",), "exams:question": ("officer",), "exams:revise_question": ("officer",)},
    "bank key": {"exams:question": ("officer",), "exams:revise_question": ("officer",)},
    "answer": {"exams:mark": ("marker",), "exams:answer_marks": ("officer",), "exams:receipt": OWN},
    "open answer": {"exams:attempt": OWN},
    # A candidate's full name: for those who look after her record or her exam; never for markers, judges, the public.
    "name": {
        **dict.fromkeys(("exams:candidate", "exams:candidates"), (*WATCH, "bureau")),
        **dict.fromkeys(("exams:correct", "exams:withdraw", "exams:candidate_photo"), REVIEW),
        **{"exams:add_late": ("officer",), "exams:grant_accommodation": ("officer", "below")},
        **dict.fromkeys(
            (
                "exams:rooms",
                "exams:door",
                "exams:print_rooms",
                "exams:invigilate",
                "exams:at_seat",
                "exams:hearing_setup",
            ),
            WATCH,
        ),
        **dict.fromkeys(("exams:hearing_leave",), BOARD),
        **dict.fromkeys(("exams:result", "exams:results", "certs:batch", "certs:register"), RESULTS),
        **dict.fromkeys(("exams:ticket", "exams:award", "exams:recusals", "exams:recuse"), ("officer",)),
        **dict.fromkeys(("certs:credential", "certs:show"), (*SCHOOL_RECORDS, "signatory")),
        **dict.fromkeys(("people:teacher", "people:unit"), SCHOOL_RECORDS),
        **dict.fromkeys(("desks:record", "desks:print_record"), SCHOOL_RECORDS),
        **dict.fromkeys(("audits:lacking", "audits:coverage"), SCHOOL_RECORDS),
        **dict.fromkeys(("certs:external", "certs:external_list"), LOOKS_ELSEWHERE),
        **dict.fromkeys(("records:training", "records:trainings"), SCHOOL_RECORDS),
        **dict.fromkeys(("records:people", "records:person", "records:statement"), SCHOOL_RECORDS),
        **dict.fromkeys(("records:claim", "records:claim_queue"), LOOKS_ELSEWHERE),
        **dict.fromkeys(("records:exemption", "records:exemptions"), LOOKS_ELSEWHERE),
        **dict.fromkeys(("records:honour", "records:honours"), SCHOOL_RECORDS),
        **dict.fromkeys(("records:propose_exemption", "records:enter_honour"), ABOVE),
        "records:take_back_hours": MOVERS,
        "desks:journal": SCHOOL_RECORDS,  # whose certificate from elsewhere was submitted
        **dict.fromkeys(("audits:home", "desks:home"), ("school_officer",)),
        "people:close_account": ("bureau",),
        **dict.fromkeys(
            (
                *("training:near", "training:session", "training:roll_call", "training:print_sheet"),
                *("training:correct_attendance", "training:decide_appeal"),
            ),
            TAKERS,
        ),
        **dict.fromkeys(("training:application", "training:nominate"), KEEPERS),
        **dict.fromkeys(("training:period", "training:needs"), MOVERS),
        **dict.fromkeys(("training:submissions", "training:submission"), MOVERS),
        # Of her application for a training the officers of her school are told.
        **dict.fromkeys(("training:school", "inbox:message", "inbox:messages"), ("school_officer",)),
        **dict.fromkeys(
            ("people:correct", "people:rename", "people:transfer", "people:leave", "people:merge", "people:merge_with"),
            MOVERS,
        ),
        **dict.fromkeys(
            ("people:change_posts", "people:correct_post", "people:strike_post", "people:declare", "people:set_photo"),
            KEEPERS,
        ),
    },
    "identity number": {},
    "phone": {
        "exams:candidate": REVIEW,
        "exams:add_late": ("officer",),
        "exams:correct": (*OWN, *REVIEW),
        "exams:apply": OWN,
        "exams:roster_marked": ("officer",),
        "people:import_marked": MOVERS,
        "people:teacher": (*OWN, *KEEPERS),
        "people:me": OWN,
        "desks:record_file": OWN,
    },
    "score": dict.fromkeys(("exams:cut_score", "exams:result", "exams:results"), RESULTS),
    "sheet": {"exams:judge_sheet": ("judge",)},
    "review": {
        "desks:home": OWN,
        "exams:mine": OWN,
        "exams:correct": (*OWN, *REVIEW),
        "exams:candidate": (*WATCH, "bureau"),
    },
    "change": {"certs:credential": RESULTS, "desks:journal": ("officer", "auditor")},
    "journal": {"desks:journal": ("officer", "auditor")},
    "message": {"inbox:message": OWN, "inbox:messages": OWN},
    "roster": {"exams:roster_run": ("officer",), "exams:roster_marked": ("officer",)},
    "topic": {"exams:hearing_setup": WATCH},
    "elsewhere": {
        "certs:external": (*OWN, *LOOKS_ELSEWHERE),
        "certs:external_list": LOOKS_ELSEWHERE,
        **dict.fromkeys(("certs:mine", "desks:home", *OWN_RECORD), OWN),
    },
    # Planning officers see programmes with numbers; who is in which, and why she left, those who keep her record.
    "course": {
        **RECORD_READ,
        **dict.fromkeys(("training:mine", "training:withdraw", "inbox:message", "inbox:messages", "desks:home"), OWN),
        **dict.fromkeys(("training:schedule", "training:change_session"), MOVERS),
        **dict.fromkeys(("training:assignments", "training:assign", "training:change_assignment"), MOVERS),
        **dict.fromkeys(("training:withdraw_assignment", "training:submissions", "training:submission"), MOVERS),
        **dict.fromkeys(("training:sessions", "training:near", "training:session", "training:print_sheet"), TAKERS),
        **dict.fromkeys(("training:sign", "training:appeal", "training:assignment"), OWN),
        **dict.fromkeys(("training:programmes", "training:period", "training:seats", "training:award"), MOVERS),
        **dict.fromkeys(("training:terms", "training:trainers"), MOVERS),
        "training:application": KEEPERS,
        "training:school": ("school_officer",),
        "desks:journal": SCHOOL_RECORDS,
    },
    "withdrawal": {"training:mine": OWN, "desks:journal": SCHOOL_RECORDS},
    "hours": {
        "records:mine": OWN,
        "desks:record_file": OWN,
        "records:person": SCHOOL_RECORDS,
        "records:take_back_hours": MOVERS,
        "records:statement": (*OWN, *SCHOOL_RECORDS),
    },
    "claim": {
        "records:my_claims": OWN,
        "records:claim": (*OWN, *LOOKS_ELSEWHERE),
        "records:claim_queue": LOOKS_ELSEWHERE,
        "desks:journal": SCHOOL_RECORDS,
    },
    # Who may read a course: her who learns it, and who oversees the institution; why an answer is right, nobody before.
    "lesson": {"cms:lesson": (*OWN, *RECORDS)},
    "explanation": {},
    "training": {
        **RECORD_READ,
        "records:mine": OWN,
        "records:training": (*OWN, *SCHOOL_RECORDS),
        "records:trainings": SCHOOL_RECORDS,
    },
    "number": {
        **RECORD_READ,
        **dict.fromkeys(("certs:credential", "certs:download", "certs:show"), (*OWN, *SCHOOL_RECORDS, "signatory")),
        **dict.fromkeys(("certs:mine", "inbox:message", "inbox:messages"), OWN),
        **dict.fromkeys(("certs:batch", "certs:register"), RESULTS),
        "certs:verify_token": EVERYBODY,
        "desks:home": (*OWN, "officer", "signatory"),
        "desks:journal": ("officer", "auditor"),
    },
    "token": {"certs:credential": (*OWN, *SCHOOL_RECORDS, "signatory")},
}

# The pages of the sign-in package: what a visitor and a signed-in person get.
ACCOUNT = {
    "account_login": (200, 302),
    "account_logout": (302, 200),
    "account_inactive": (200, 200),
    "account_signup": (200, 302),
    "account_reauthenticate": (302, 200),
    "account_email": (302, 200),
    "account_email_verification_sent": (200, 200),
    "account_change_password": (302, 200),
    "account_set_password": (302, 302),
    "account_reset_password": (200, 200),
    "account_confirm_login_code": (302, 302),
    "account_confirm_email": (200, 200),
    "account_reset_password_from_key_done": (200, 200),
    "account_reset_password_from_key": (200, 200),
    "account_reset_password_done": (200, 200),
    "account_reset_by_phone": (200, 200),
    "account_reset_by_phone_code": (302, 302),
    "mfa_index": (302, 200),
    "mfa_authenticate": (302, 302),
    "mfa_reauthenticate": (302, 302),
    "mfa_activate_totp": (302, 302),
    "mfa_deactivate_totp": (302, 404),
    "mfa_view_recovery_codes": (302, 404),
    "mfa_generate_recovery_codes": (302, 302),
    "mfa_download_recovery_codes": (302, 404),
    "mfa_list_webauthn": (302, 200),
    "mfa_add_webauthn": (302, 302),
    "mfa_reauthenticate_webauthn": (302, 302),
    "mfa_remove_webauthn": (302, 302),
    "mfa_edit_webauthn": (302, 302),
}
