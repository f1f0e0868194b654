"""The city of Yonglan: guidance centre, cluster centres and directly affiliated schools, schools; 176 counsellors.

176 trained counsellors and the targets of 10% and 100% come from a real city's report; the rest is ours.
"""

import datetime as dt
from decimal import Decimal

from lms.demo.district.blueprint import (
    CLASSROOM,
    NAMED,
    OWN,
    PART_TIME,
    Blueprint,
    Goal,
    Level,
    Officer,
    Programme,
    Rule,
    School,
    Unit,
    schools,
    share,
)

COUNSELLORS, COUNSELLORS_CERTIFIED = 176, 158
TEACHERS, TRAINED_ONCE = 1_840, 1_692
_PUPILS = 29_300

_SCHOOLS: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
    ("城东中心小学", "97030101", ("primary",), 14),
    ("城东实验小学", "97030101", ("primary",), 12),
    ("城东初级中学", "97030101", ("junior",), 13),
    ("溪口中心小学", "97030102", ("primary",), 10),
    ("溪口初级中学", "97030102", ("junior",), 9),
    ("溪口村小学", "97030102", ("primary",), 3),
    ("梅坞中心小学", "97030103", ("primary",), 9),
    ("梅坞初级中学", "97030103", ("junior",), 8),
    ("竹林小学", "97030103", ("primary",), 4),
    ("江畔中心小学", "97030104", ("primary",), 11),
    ("江畔初级中学", "97030104", ("junior",), 10),
    ("江畔九年一贯制学校", "97030104", ("primary", "junior"), 8),
    ("永澜中学", "970301", ("senior",), 22),
    ("永澜第二中学", "970301", ("senior",), 17),
    ("永澜职业技术学校", "970301", ("vocational",), 13),
)


class Yonglan(Blueprint):
    """Two levels: everybody one round of training, and the counsellors' post qualification."""

    authority = "970301"
    scheme = ("yonglan-counsellor", "YL", "学校心理辅导人员证书")
    units = (
        Unit("东澜省教育厅", "970000", "province"),
        Unit("永澜市教育局", "970301", "city", "970000"),
        Unit("城东学区辅导中心", "97030101", "cluster", "970301"),
        Unit("溪口学区辅导中心", "97030102", "cluster", "970301"),
        Unit("梅坞学区辅导中心", "97030103", "cluster", "970301"),
        Unit("江畔学区辅导中心", "97030104", "cluster", "970301"),
        Unit("永澜市中小学心理健康教育指导中心", "97030190", "institution", "970301"),
    )
    levels = (
        Level("T", 1, "全员培训合格", "心理健康教育全员培训", Decimal(16)),
        Level("Q", 2, "心理辅导员上岗资格", "心理辅导员培训班", Decimal(90)),
    )
    programmes = (
        Programme(
            code="T",
            title="心理健康教育全员培训",
            title_en="Mental-health education: a round for all teachers",
            hours=Decimal(16),
            posts=(CLASSROOM,),
            sessions=(("教师的心理健康素养", "lecture"), ("课堂里的情绪支持", "sharing")),
            tags=(
                "ethics",
                "heads",
                "deans",
                "masters",
                "newcomers",
                "junior",
                "qualifying",
                "research",
                "curriculum",
            ),
            place="各学区辅导中心",
            days=9,
            entry=NAMED,
        ),
        Programme(
            code="Q",
            title="心理辅导员培训班",
            title_en="Course for school counsellors",
            hours=Decimal(90),
            posts=(PART_TIME,),
            sessions=(("辅导关系的建立", "lecture"), ("辅导室工作流程演练", "practice")),
            tags=("qualifying",),
            place="永澜市教师进修学校",
            days=20,
            entry=OWN,
        ),
    )
    rules = (Rule(PART_TIME, "Q"),)
    goals = (
        Goal(CLASSROOM, "T", "trained", Decimal(100), 400),
        Goal(CLASSROOM, "Q", "certified", Decimal(10), 400),
    )
    officers = (
        Officer("qiankun", "钱坤远", "bureau_officer", "970301"),
        Officer("qianyuexi", "钱越溪", "bureau_officer", "970301"),
        Officer("xuyan", "徐砚", "exam_officer", "970301"),
        Officer("baiqing", "白清", "signatory", "970301"),
        Officer("heyun", "贺云", "centre", "97030190", "director"),
    )

    def __init__(self, today: dt.date, seed: str = "yonglan") -> None:
        super().__init__(today, seed, "970301", 300_000)
        sizes = [each.pupils for each in self.schools]
        for school, teachers, counsellors in zip(
            self.schools, share(sizes, TEACHERS), share(sizes, COUNSELLORS), strict=True
        ):
            for place in range(teachers):
                made = self.hire(school, CLASSROOM, self.long_ago())
                if place < counsellors:
                    made.posts.append(PART_TIME)
                    made.trainings.append(("Q", 1, True))
        rest = [each for each in self.people if PART_TIME not in each.posts]
        counsellors = [each for each in self.people if PART_TIME in each.posts]
        self.draw.shuffle(rest)
        for each in [*counsellors, *rest][:TRAINED_ONCE]:
            each.trainings.append(("T", 1, True))

    @classmethod
    def list_schools(cls) -> list[School]:
        return schools(_SCHOOLS, _PUPILS, 2)

    def closed_on(self, code: str, period: int) -> dt.date:
        return self.today - dt.timedelta(weeks={"T": 80, "Q": 40}[code])

    def certified(self, level: str) -> list:
        """The round of training gives no certificate; not every counsellor has hers yet."""
        return super().certified(level)[:COUNSELLORS_CERTIFIED] if level == "Q" else []
