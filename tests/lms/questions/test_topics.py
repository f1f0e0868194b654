import pytest

from lms.questions import topics
from lms.questions.topics import Branch


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("情绪／考试焦虑", "情绪/考试焦虑"),
        (" 情绪 / 考试焦虑 /", "情绪/考试焦虑"),
        ("班主任工作", "班主任工作"),
        (" / ", ""),
    ],
)
def test_tidy_keeps_the_steps_alone(typed, kept):
    assert topics.tidy(typed) == kept


@pytest.mark.parametrize(
    ("topic", "lies_at"),
    [("情绪", "心理/情绪"), ("情绪/焦虑", "心理/情绪/焦虑"), ("情绪管理", "情绪管理"), ("", "")],
)
def test_moved_takes_what_lies_below_along_and_nothing_beside(topic, lies_at):
    assert topics.moved(topic, "情绪", "心理/情绪") == lies_at


def test_tree_counts_each_branch_with_those_below_it():
    found = topics.tree(["情绪/焦虑", "情绪/焦虑", "情绪", "", "班级"])
    assert found == [Branch("情绪", "情绪", 0, 3), Branch("情绪/焦虑", "焦虑", 1, 2), Branch("班级", "班级", 0, 1)]
