"""The words that rosters and plans use, and the codes that stand for them."""

from lms.people.models import Organisation, PostHeld, SchoolStage

# The words are a data format: rosters are Chinese in every language of the site.
LEVELS = {
    "province": Organisation.Level.PROVINCE,
    "city": Organisation.Level.CITY,
    "county": Organisation.Level.COUNTY,
    "cluster": Organisation.Level.CLUSTER,
    "school": Organisation.Level.SCHOOL,
    "institution": Organisation.Level.INSTITUTION,
}
STAGES = {
    "学前": SchoolStage.PRESCHOOL,
    "小学": SchoolStage.PRIMARY,
    "初中": SchoolStage.JUNIOR,
    "高中": SchoolStage.SENIOR,
    "中职": SchoolStage.VOCATIONAL,
    "特殊教育": SchoolStage.SPECIAL,
}
POSTS = {
    "专职心理教师": PostHeld.Post.FULL_TIME,
    "兼职心理教师": PostHeld.Post.PART_TIME,
    "班主任": PostHeld.Post.HOMEROOM,
    "德育干部": PostHeld.Post.MORAL_EDUCATION,
    "专任教师": PostHeld.Post.CLASSROOM,
    "学科教师": PostHeld.Post.CLASSROOM,
    "分管领导": PostHeld.Post.LEADER,
    "后勤人员": PostHeld.Post.SUPPORT,
}
EDUCATION = {
    "中专": "secondary",
    "专科": "diploma",
    "本科": "bachelor",
    "研究生": "graduate",
    "硕士": "graduate",
    "博士": "graduate",
}
# Whether a teacher is in service, by the word of the roster.
IN_SERVICE = {
    "在岗": True,
    "借调": False,
    "支教": True,
    "长期病休": False,
    "产假": True,
    "停职": False,
    "离岗": False,
    "退休": False,
}
# What stands in the column of teacher certificates for one who has none.
NO_CERTIFICATE = "无"
