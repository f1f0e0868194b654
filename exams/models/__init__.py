"""The facts of examinations, one file per noun."""

from exams.models.attempt import Answer, AnswerSave, Attempt, Mark, ThirdMarker
from exams.models.bank import Question, QuestionStep
from exams.models.candidate import Candidate, ModuleResult, StageEntry
from exams.models.conduct import Accommodation, ExtraTime, Interruption, LateAnswers, Violation
from exams.models.exam import CutScore, Exam, Module, PublicNotice, Room, Site, Sitting, Stage
from exams.models.figures import ItemFigures
from exams.models.marking import CheckScript, ItemCriterion, Remarking
from exams.models.media import QuestionMedia
from exams.models.on_paper import PaperScore, PaperTurn
from exams.models.panel import Hearing, HearingDay, Panel, PanelMember, Performance, Recusal, Topic
from exams.models.paper import Paper, PaperQuestion, PaperReader, Specification, SpecificationRow
from exams.models.prints import PrintRun
from exams.models.standards import AngoffRating, RatingSheet, StandardSetting
from exams.models.trial import TrialDecision, TrialMark, TrialRule, TrialScript

__all__ = [
    "Accommodation",
    "AngoffRating",
    "Answer",
    "AnswerSave",
    "Attempt",
    "Candidate",
    "CheckScript",
    "CutScore",
    "Exam",
    "ExtraTime",
    "Hearing",
    "HearingDay",
    "Interruption",
    "ItemCriterion",
    "ItemFigures",
    "LateAnswers",
    "Mark",
    "Module",
    "ModuleResult",
    "Panel",
    "PanelMember",
    "Paper",
    "PaperQuestion",
    "PaperReader",
    "PaperScore",
    "PaperTurn",
    "Performance",
    "PrintRun",
    "PublicNotice",
    "Question",
    "QuestionMedia",
    "QuestionStep",
    "RatingSheet",
    "Recusal",
    "Remarking",
    "Room",
    "Site",
    "Sitting",
    "Specification",
    "SpecificationRow",
    "Stage",
    "StageEntry",
    "StandardSetting",
    "ThirdMarker",
    "Topic",
    "TrialDecision",
    "TrialMark",
    "TrialRule",
    "TrialScript",
    "Violation",
]
