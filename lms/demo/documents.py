"""The demo's library: laws, regulations and circulars that a teacher who looks after pupils' minds is asked about."""

import datetime as dt

from cms import publishing

_CONGRESS, _MINISTRY = "全国人民代表大会常务委员会", "教育部"
# Title, number, issuer, day, what it is about. All of them are public; the texts themselves are not kept here.
DOCUMENTS = (
    (
        "中小学班主任工作规定",
        "教基一〔2009〕12号",
        _MINISTRY,
        "2009-08-12",
        "班主任的配备与选聘、职责与任务、待遇与权利、培养与培训。中小学每个班级配备一名班主任。",
    ),
    (
        "中华人民共和国精神卫生法",
        "主席令第62号",
        _CONGRESS,
        "2012-10-26",
        "精神障碍的预防、诊断和治疗由谁承担。各级各类学校应当对学生进行精神卫生知识教育；心理咨询人员不得从事心理治疗或者精神障碍的诊断、治疗。2018年修正。",
    ),
    (
        "中小学心理健康教育指导纲要（2012年修订）",
        "教基一〔2012〕15号",
        _MINISTRY,
        "2012-12-07",
        "中小学心理健康教育的指导思想和基本原则、目标与任务、主要内容、途径和方法，分小学低、中、高年级和初中、高中写明各学段的内容。",
    ),
    (
        "中华人民共和国未成年人保护法（2020年修订）",
        "主席令第57号",
        _CONGRESS,
        "2020-10-17",
        "家庭、学校、社会、网络、政府、司法六方面的保护。学校保护一章涉及关心爱护学生、学生欺凌防控和性侵害、性骚扰防治。2021年6月1日起施行。",
    ),
    (
        "中小学教育惩戒规则（试行）",
        "教育部令第49号",
        _MINISTRY,
        "2020-12-23",
        "什么情况下可以实施教育惩戒、可以采取哪些方式、哪些行为不得实施，以及学生和家长的申诉途径。2021年3月1日起施行。",
    ),
    (
        "未成年人学校保护规定",
        "教育部令第50号",
        _MINISTRY,
        "2021-06-01",
        "学校在一般保护和专项保护（学生欺凌、性侵害和性骚扰等）中的职责，以及管理要求、保护机制和支持与监督。2021年9月1日起施行。",
    ),
    (
        "教育部办公厅关于加强学生心理健康管理工作的通知",
        "教思政厅函〔2021〕10号",
        "教育部办公厅",
        "2021-07-07",
        "源头管理、过程管理、结果管理和保障管理四个方面，涉及心理健康测评、心理危机识别与干预、家校协同和专职心理健康教育教师配备。",
    ),
    (
        "中华人民共和国个人信息保护法",
        "主席令第91号",
        _CONGRESS,
        "2021-08-20",
        "处理个人信息的规则。不满十四周岁未成年人的个人信息属于敏感个人信息，处理时应当取得其父母或者其他监护人的同意。2021年11月1日起施行。",
    ),
    (
        "中华人民共和国家庭教育促进法",
        "主席令第98号",
        _CONGRESS,
        "2021-10-23",
        "家庭责任、国家支持、社会协同。中小学校应当把家庭教育指导服务纳入工作计划。2022年1月1日起施行。",
    ),
    (
        "全面加强和改进新时代学生心理健康工作专项行动计划（2023—2025年）",
        "教体艺〔2023〕1号",
        "教育部等十七部门",
        "2023-04-20",
        "五育并举促进心理健康、加强心理健康教育、规范心理健康监测、完善心理预警干预、建强心理人才队伍等方面的任务。",
    ),
)


def build(at: dt.datetime) -> str:
    """Put them into the library, and say how many."""
    for title, number, issuer, day, summary in DOCUMENTS:
        publishing.add_policy_document(
            title=title,
            number=number,
            issuer=issuer,
            issued_on=dt.date.fromisoformat(day),
            summary=summary,
            by=None,
            at=at,
        )
    return f"{len(DOCUMENTS)} policy documents"
