"""What a figure is called, and what it is exactly, in words: on the page and on the sheet alike."""

import datetime as dt
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from lms.audits.measures import Yardstick
from lms.audits.models import Target
from lms.audits.queries import Line
from lms.people.models import Organisation, PostHeld, SchoolStage


def post_name(yardstick: Yardstick) -> str:
    """The post, with its school stage where the yardstick names one."""
    post = str(PostHeld.Post(yardstick.post).label)
    if not yardstick.stage:
        return post
    return _("{post} ({stage})").format(post=post, stage=SchoolStage(yardstick.stage).label)


def name(yardstick: Yardstick) -> str:
    """A figure's name in one line."""
    if yardstick.measure == Target.Measure.TRAINED:
        return _("{post}, trained for {level}").format(post=post_name(yardstick), level=yardstick.level.name)
    return _("{post}, {level} or above").format(post=post_name(yardstick), level=yardstick.level.name)


def short_name(yardstick: Yardstick) -> str:
    """The same for the head of a column: the level by its letter."""
    if yardstick.measure == Target.Measure.TRAINED:
        return _("{post}: trained for {code}").format(post=post_name(yardstick), code=yardstick.level.code)
    return _("{post}: {code} or above").format(post=post_name(yardstick), code=yardstick.level.code)


def definition(yardstick: Yardstick, unit: Organisation, on: dt.date) -> str:
    """Who is counted below the line and who above it."""
    facts = {"unit": unit.name, "day": day(on), "post": post_name(yardstick), "level": yardstick.level.name}
    of = _("Of: everyone posted at {unit} or below it on {day} who held the post “{post}” that day.").format(**facts)
    if yardstick.measure == Target.Measure.TRAINED:
        part = _("Counted: those of them who had completed at least one training for {level} by then.")
    else:
        part = _(
            "Counted: those of them with whom {level} or a higher level of the same scheme was in force that day: "
            "issued by then, not run out, not suspended, cancelled or revoked; a verified certificate from elsewhere "
            "counts as the level it equals."
        )
    once = _("A person counts once, whatever her posts and records.")
    return _("{of} {part} {once}").format(of=of, part=part.format(**facts), once=once)


def shown(line: Line, unit: Organisation, on: dt.date) -> dict[str, Any]:
    """A figure as its box shows it: name, share, the goal in persons, how many are short of it, the definition."""
    stick, share = line.yardstick, line.share
    return {
        "yardstick": stick,
        "name": name(stick),
        "share": share,
        "goal": stick.goal and stick.goal * share.of / 100,
        "to_goal": share.persons_to(stick.goal),
        "definition": definition(stick, unit, on),
    }


def day(on: dt.date) -> str:
    return formats.date_format(on, "DATE_FORMAT")
