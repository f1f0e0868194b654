"""How far the demo is built."""

from django.core.cache import cache

from exams import whole_exam
from lms.demo import inputs, world
from lms.demo.district import building
from lms.people import figures, queries

_PROGRESS = "demo.progress"
_PROGRESS_AT_MOST = 15 * 60


def small_world_stands() -> bool:
    """Whether the people and all practice exams are there."""
    return whole_exam.exams_by_code(world.PRACTICES[-1].code).exists()


def finished_exam_stands() -> bool:
    """Whether the finished exam has been played to its certificates."""
    return any(whole_exam.credentials(exam) for exam in whole_exam.exams_by_code(_finished_code()))


def districts_stand() -> bool:
    """Whether every district is there: the last thing each does is report the figures of its last school."""
    last = building.last_schools()
    units = queries.units_by_code(last)
    return len(units) == len(last) and all(figures.latest(unit) for unit in units.values())


def is_interrupted() -> bool:
    """Whether building stopped half way: something stands and cannot be gone on with."""
    begun = queries.any_unit()
    half = whole_exam.exams_by_code(_finished_code()).exists() and not finished_exam_stands()
    half_district = bool(queries.units_by_code(building.authorities())) and not districts_stand()
    return (begun and not small_world_stands()) or half or half_district


def holds_other_data() -> bool:
    """Whether units stand here that are not the demo's."""
    codes = {unit["code"] for unit in inputs.read(world.FOLDER).plan["organisations"]}
    return queries.units_beside(codes | building.codes())


def note_progress(done: int, of: int, what: str) -> None:
    """Let the served pages say how far the building behind them has come."""
    cache.set(_PROGRESS, {"done": done, "of": of, "what": what}, _PROGRESS_AT_MOST)


def clear_progress() -> None:
    cache.delete(_PROGRESS)


def progress() -> dict | None:
    """What `note_progress` last said, while the building goes on."""
    return cache.get(_PROGRESS)


def _finished_code() -> str:
    return inputs.read(world.FOLDER).plan["exam"]["code"]
