"""The district of Lanxi: 39 schools, three certificates, and a table that adds up to the person.

The authority gives the trainings for C and B itself, and three that lead to no certificate; A is certified by the
province. `SOURCE` holds the figures of a real district's report; all others are ours (docs/demo-district.md says which
is which).
"""

import datetime as dt
from decimal import Decimal

from lms.demo.district.blueprint import (
    CLASSROOM,
    FULL_TIME,
    HOMEROOM,
    LEADER,
    OWN,
    PART_TIME,
    Blueprint,
    Goal,
    Level,
    Officer,
    Programme,
    Rule,
    School,
    Someone,
    Unit,
    schools,
    share,
)

SOURCE = {
    "schools": 39,
    "pupils": 53_492,
    "rooms": 39,
    "courses": 32,
    "full_time": 15,
    "part_time": 292,
    "attendances": {"C": 3_200, "B": 910, "A": 150},
    "periods": {"C": 12, "B": 4},
    "topics": 300,
}
PERSONS = {"C": 3_140, "B": 894, "A": 150}
LEFT_BEFORE, LEFT_AFTER, CAME = 36, 44, 84
HOMEROOM_TEACHERS, HOMEROOM_WITH_B, PART_TIME_WITH_B = 1_180, 560, 280
LEADERS_WITH_A, FULL_TIME_WITH_A = 36, 14
_LEAVERS_WITH_B = 30
HOMEROOM_BATCHES, HOMEROOM_TRAINED, IN_CRISIS = 3, 612, 168

_LAST = SOURCE["periods"]
_PLACE = "澜溪区教师进修学校"
_HOLIDAYS = ((7, 24), (1, 26))  # month and day on which a training in the holidays ends
_TOPIC_WEEKS = {"crisis": 30, "activity": 22}
_DAY = dt.timedelta(days=1)
# name, code of the unit above, stages, weight of its size
_SCHOOLS: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
    ("城中第一小学", "98010501", ("primary",), 19),
    ("城中第二小学", "98010501", ("primary",), 17),
    ("榕树小学", "98010501", ("primary",), 15),
    ("文昌小学", "98010501", ("primary",), 14),
    ("书院街小学", "98010501", ("primary",), 12),
    ("钟楼小学", "98010501", ("primary",), 9),
    ("城中初级中学", "98010501", ("junior",), 20),
    ("榕树初级中学", "98010501", ("junior",), 16),
    ("东湾中心小学", "98010502", ("primary",), 16),
    ("渔歌小学", "98010502", ("primary",), 10),
    ("灯塔小学", "98010502", ("primary",), 9),
    ("海棠小学", "98010502", ("primary",), 12),
    ("潮声小学", "98010502", ("primary",), 7),
    ("白沙小学", "98010502", ("primary",), 8),
    ("东湾初级中学", "98010502", ("junior",), 17),
    ("潮声初级中学", "98010502", ("junior",), 11),
    ("南坪中心小学", "98010503", ("primary",), 14),
    ("云梯小学", "98010503", ("primary",), 6),
    ("稻香小学", "98010503", ("primary",), 8),
    ("枫坳小学", "98010503", ("primary",), 6),
    ("茶山小学", "98010503", ("primary",), 6),
    ("南坪初级中学", "98010503", ("junior",), 13),
    ("西岸中心小学", "98010504", ("primary",), 12),
    ("青竹小学", "98010504", ("primary",), 9),
    ("石桥小学", "98010504", ("primary",), 7),
    ("柳堤小学", "98010504", ("primary",), 7),
    ("西岸初级中学", "98010504", ("junior",), 13),
    ("北岭中心小学", "98010505", ("primary",), 13),
    ("泉坑小学", "98010505", ("primary",), 4),
    ("松树坡小学", "98010505", ("primary",), 5),
    ("梯田小学", "98010505", ("primary",), 4),
    ("云雾小学", "98010505", ("primary",), 3),
    ("北岭初级中学", "98010505", ("junior",), 10),
    ("澜溪第一中学", "980105", ("senior",), 30),
    ("澜溪第二中学", "980105", ("senior",), 24),
    ("澜溪第三中学", "980105", ("senior",), 18),
    ("澜溪外国语学校", "980105", ("junior", "senior"), 17),
    ("澜溪中等职业学校", "980105", ("vocational",), 19),
    ("启明特殊教育学校", "980105", ("special",), 3),
)


class Lanxi(Blueprint):
    """The district's people and what they went through."""

    authority = "980105"
    scheme = ("lanxi-mh", "LX", "中小学心理健康教育教师证书")
    units = (
        Unit("南岭省教育厅", "980000", "province"),
        Unit("云浦市教育局", "980100", "city", "980000"),
        Unit("澜溪区教育局", "980105", "county", "980100"),
        Unit("城中学区", "98010501", "cluster", "980105"),
        Unit("东湾学区", "98010502", "cluster", "980105"),
        Unit("南坪学区", "98010503", "cluster", "980105"),
        Unit("西岸学区", "98010504", "cluster", "980105"),
        Unit("北岭学区", "98010505", "cluster", "980105"),
        Unit("澜溪区中小学心理健康教育指导中心", "98010590", "institution", "980105"),
        Unit("青榕区教育局", "980106", "county", "980100"),
    )
    levels = (
        Level("C", 1, "C级", "C证培训", Decimal(40)),
        Level("B", 2, "B级", "B证培训", Decimal(72)),
        Level("A", 3, "A级", "A证培训", Decimal(120), is_external=True),
    )
    programmes = (
        Programme(
            code="C",
            title="C证培训",
            title_en="Training for certificate C",
            hours=Decimal(40),
            posts=(CLASSROOM,),
            sessions=(("学生心理发展与常见困扰", "lecture"), ("学科教学中的心理健康教育", "demonstration")),
            tags=("newcomers", "qualifying"),
            place=_PLACE,
        ),
        Programme(
            code="B",
            title="B证培训",
            title_en="Training for certificate B",
            hours=Decimal(72),
            posts=(CLASSROOM,),
            sessions=(("个别辅导的基本技术", "lecture"), ("团体辅导实务", "practice")),
            tags=("masters",),
            place=_PLACE,
        ),
        Programme(
            code="homeroom",
            title="班主任心理健康教育培训",
            title_en="Training of homeroom teachers",
            hours=Decimal(24),
            posts=(HOMEROOM,),
            sessions=(("班级心理氛围的营造", "lecture"), ("与家长谈孩子的情绪", "sharing")),
            tags=("ethics",),
            place=_PLACE,
            days=4,
        ),
        Programme(
            code="crisis",
            title="校园心理危机干预专题培训",
            title_en="Topic training: crisis intervention in school",
            hours=Decimal(8),
            posts=(CLASSROOM,),
            sessions=(("预警信号与报告程序", "lecture"), ("危机个案的处置演练", "practice")),
            tags=("heads", "deans"),
            place="澜溪第一中学",
            days=2,
            entry=OWN,
        ),
        Programme(
            code="activity",
            title="心理健康活动课专题培训",
            title_en="Topic training: activity lessons",
            hours=Decimal(8),
            posts=(CLASSROOM,),
            sessions=(("活动课的设计", "lecture"), ("同课异构", "demonstration")),
            tags=("curriculum", "research", "junior"),
            place="城中初级中学",
            days=2,
            entry=OWN,
        ),
    )
    rules = (
        Rule(CLASSROOM, "C"),
        Rule(PART_TIME, "B"),
        Rule(FULL_TIME, "A"),
        Rule(LEADER, "A"),
        Rule(HOMEROOM, "B", is_required=False),
    )
    goals = (
        Goal(CLASSROOM, "C", "certified", Decimal(95), 280),
        Goal(PART_TIME, "B", "certified", Decimal(95), 280),
        Goal(HOMEROOM, "B", "certified", Decimal(80), 280),
        Goal(FULL_TIME, "A", "certified", Decimal(100), 280),
    )
    officers = (
        Officer("zhouheng", "周衡", "bureau_officer", "980105"),
        Officer("linyue", "林越", "bureau_officer", "980105"),
        Officer("heqing", "何清", "exam_officer", "980105"),
        Officer("tanshuo", "谭朔", "signatory", "980105"),
        Officer("luoning", "罗宁", "auditor", "980100"),
        Officer("fanqiao", "范桥", "bureau_officer", "980106"),
        Officer("jiangshu", "江舒", "school_officer", "9801050301"),
        Officer("weilan", "魏岚", "school_officer", "9801050101"),
        Officer("shixin", "石昕", "leading_group", "980105", "leader"),
        Officer("zhouheng", "周衡", "leading_group", "980105", "deputy_leader"),
        Officer("luning", "陆宁", "centre", "98010590", "director"),
    )

    def __init__(self, today: dt.date, seed: str = "lanxi") -> None:
        super().__init__(today, seed, "980105", 100_000)
        self._sizes = [each.pupils for each in self.schools]
        self._classroom_teachers()
        self._special_posts()
        self._train_for_c()
        self._train_for_b()
        self._train_for_a()
        self._train_besides()

    @classmethod
    def list_schools(cls) -> list[School]:
        return schools(_SCHOOLS, SOURCE["pupils"], SOURCE["schools"] - SOURCE["courses"])

    def closed_on(self, code: str, period: int) -> dt.date:
        if code == "homeroom":
            return self._in_holidays()[period - 1]
        weeks = {"C": 60 + (_LAST["C"] - period) * 17, "B": 47 + (_LAST["B"] - period) * 52, "A": 130, **_TOPIC_WEEKS}
        return self.today - dt.timedelta(weeks=weeks[code])

    def _in_holidays(self) -> list[dt.date]:
        """The last days of the batches of homeroom teachers: in the latest holidays in which no other training was."""
        others = [self.closed_on(code, period + 1) for code, last in _LAST.items() for period in range(last)]
        others += [self.closed_on(code, 1) for code in _TOPIC_WEEKS]
        years = range(self.today.year - 4, self.today.year + 1)
        days = sorted(dt.date(year, month, day) for year in years for month, day in _HOLIDAYS)
        free = [day for day in days if all(abs(day - other) > 14 * _DAY for other in others)]
        return [day for day in free if day < self.today - 30 * _DAY][-HOMEROOM_BATCHES:]

    def _classroom_teachers(self) -> None:
        """Those who were there at the start, of whom some left; then those who came."""
        last = self.closed_on("C", _LAST["C"])
        for school, count in zip(self.schools, share(self._sizes, PERSONS["C"]), strict=True):
            for _each in range(count):
                self.hire(school, CLASSROOM, self.long_ago())
        leavers = self.draw.sample(self.people, LEFT_BEFORE + LEFT_AFTER)
        for each in leavers[:LEFT_BEFORE]:
            each.until_on = last - dt.timedelta(days=self.draw.randrange(10, 110))
        for each in leavers[LEFT_BEFORE:]:
            each.until_on = last + dt.timedelta(days=self.draw.randrange(30, 380))
        for each in leavers:
            each.is_retired = self.draw.random() < 0.7
        for school, count in zip(self.schools, share(self._sizes, CAME), strict=True):
            for _each in range(count):
                self.hire(school, CLASSROOM, last + dt.timedelta(days=self.draw.randrange(20, 390)))

    def _special_posts(self) -> None:
        """Part-time and homeroom posts among the classroom teachers who stayed; full-time teachers and leaders
        besides."""
        stayed = self._old_hands()
        self.draw.shuffle(stayed)
        part_time, homeroom = share(self._sizes, SOURCE["part_time"]), share(self._sizes, HOMEROOM_TEACHERS)
        for school, some, many in zip(self.schools, part_time, homeroom, strict=True):
            here = [each for each in stayed if each.school == school]
            for each in here[:some]:
                each.posts.append(PART_TIME)
            for each in here[some : some + many]:
                each.posts.append(HOMEROOM)
        for school in sorted(self.schools, key=lambda each: -each.pupils)[: SOURCE["full_time"]]:
            self.hire(school, FULL_TIME, self.long_ago())
        for school in self.schools:
            self.hire(school, LEADER, self.long_ago())

    def _train_for_c(self) -> None:
        """Every classroom teacher of the time completed one of twelve periods; some had broken one off before."""
        first, last = self.closed_on("C", 1), self.closed_on("C", _LAST["C"])
        trained = [each for each in self.people if CLASSROOM in each.posts and each.from_on < first]
        early = [each for each in trained if each.until_on and each.until_on < last]
        late = [each for each in trained if each not in early]
        self.draw.shuffle(late)
        self._spread("C", early + late)

    def _train_for_b(self) -> None:
        """Part-time and homeroom teachers, and some who have neither post any more."""
        last = self.closed_on("C", _LAST["C"])
        stayed = self._old_hands()
        self.draw.shuffle(stayed)
        chosen = [each for each in stayed if PART_TIME in each.posts][:PART_TIME_WITH_B]
        chosen += [each for each in stayed if HOMEROOM in each.posts][:HOMEROOM_WITH_B]
        chosen += [each for each in self.people if each.until_on and each.until_on > last][:_LEAVERS_WITH_B]
        plain = [each for each in stayed if each.posts == [CLASSROOM]]
        chosen += plain[: PERSONS["B"] - len(chosen)]
        self.draw.shuffle(chosen)
        chosen.sort(key=lambda each: each.until_on or self.today)  # who left was trained early
        self._spread("B", chosen)

    def _train_for_a(self) -> None:
        """Trained by the province: full-time teachers, leaders, and teachers who hold B and another post."""
        stays = [each for each in self.people if each.until_on is None]
        self.draw.shuffle(stays)
        chosen = [each for each in stays if FULL_TIME in each.posts][:FULL_TIME_WITH_A]
        chosen += [each for each in stays if LEADER in each.posts][:LEADERS_WITH_A]
        with_b = [each for each in stays if each.completed("B") in (1, 2) and len(each.posts) > 1]
        for each in [*chosen, *with_b][: PERSONS["A"]]:
            each.trainings.append(("A", 1, True))

    def _train_besides(self) -> None:
        """Homeroom teachers in batches; teachers, homeroom teachers among them, for two topics."""
        stayed = self._old_hands()
        self.draw.shuffle(stayed)
        homeroom = [each for each in stayed if HOMEROOM in each.posts][:HOMEROOM_TRAINED]
        for place, each in enumerate(homeroom):
            each.trainings.append(("homeroom", 1 + place * HOMEROOM_BATCHES // HOMEROOM_TRAINED, True))
        teachers = [each for each in stayed if CLASSROOM in each.posts]
        for place, each in enumerate(teachers[-SOURCE["topics"] :]):
            each.trainings.append(("crisis" if place < IN_CRISIS else "activity", 1, True))

    def _old_hands(self) -> list[Someone]:
        """Those who were there before the first period and still are."""
        first = self.closed_on("C", 1)
        return [each for each in self.people if each.until_on is None and each.from_on < first]

    def _spread(self, level: str, order: list[Someone]) -> None:
        """Everyone completes a period, in this order; evenly among them, some had broken off the period before."""
        again = SOURCE["attendances"][level] - len(order)
        later = [place for place in range(len(order)) if place >= len(order) // _LAST[level] + 1]
        twice = set(later[:: len(later) // again][:again])
        for place, each in enumerate(order):
            period = 1 + place * _LAST[level] // len(order)
            if place in twice:
                each.trainings.append((level, period - 1, False))
            each.trainings.append((level, period, True))
