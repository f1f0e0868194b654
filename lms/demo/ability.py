"""The ability model: draws what an input folder does not hold, the same for the same seed.

Every candidate has an ability θ from a normal distribution (mean 0, deviation 1). An objective item of difficulty b
(easy −1, medium 0, hard 1) is answered rightly with probability c + (1 − c) / (1 + e^(−1.2 (θ − b))), c being the
chance of guessing. A constructed answer earns the share 1 / (1 + e^(−θ)) of its points, and each marker reads it with
an error of up to a point. A judge gives a criterion the share 0.66 + 0.09 θ of its points, with her own severity
(deviation 0.03) and a slip of hand (deviation 0.05).
"""

import math
import random
from decimal import Decimal
from typing import Any

_DIFFICULTY = {"easy": -1.0, "medium": 0.0, "hard": 1.0}
_SENTENCES = (
    "先稳定学生情绪，用共情的语言回应他的感受，不急于评判。",
    "了解事情的经过和持续的时间，留意睡眠、饮食和同伴交往的变化。",
    "向班主任和家长了解情况，形成家校一致的支持。",
    "遵守保密原则，同时说明保密的例外，必要时及时转介。",
    "做好记录，约定下一次见面的时间，持续跟进。",
    "在班级开展相关主题的活动课，营造接纳的氛围。",
)


def _dice(seed: str, *names: object) -> random.Random:
    return random.Random("|".join([seed, *map(str, names)]))


def ability(seed: str, candidate: int) -> float:
    """θ of one candidate."""
    return _dice(seed, "ability", candidate).gauss(0, 1)


def responses(seed: str, candidate: int, items: list[dict], keys: dict[str, dict]) -> dict[str, Any]:
    """One candidate's answers to a frozen paper, by item; one in fifty is left blank."""
    theta = ability(seed, candidate)
    said: dict[str, Any] = {}
    for item in items:
        dice = _dice(seed, candidate, item["number"])
        if dice.random() < 0.02:
            continue
        key, kind = keys.get(str(item["number"]), {}), item["kind"]
        if kind == "case":
            for part in item["body"]["parts"]:
                said[f"{item['number']}.{part['number']}"] = _text(dice, theta)
        elif kind == "short_answer":
            said[str(item["number"])] = _text(dice, theta)
        else:
            said[str(item["number"])] = _objective(dice, theta, kind, item["body"], key)
    return said


def _objective(dice: random.Random, theta: float, kind: str, body: dict, key: dict) -> Any:
    chance = {"single": 0.25, "true_false": 0.5}.get(kind, 0.05)
    difficulty = _DIFFICULTY.get(key.get("difficulty", ""), 0.0)
    knows = dice.random() < chance + (1 - chance) / (1 + math.exp(-1.2 * (theta - difficulty)))
    if kind == "fill_in":
        return [variants[0] if knows else "不清楚" for variants in key["blanks"]]
    if kind == "true_false":
        return key["right"] if knows else not key["right"]
    letters = [option["id"] for option in body["options"]]
    if kind == "single":
        return key["right"][0] if knows else dice.choice([each for each in letters if each not in key["right"]])
    return sorted(key["right"]) if knows else sorted(dice.sample(letters, 2))


def _text(dice: random.Random, theta: float) -> str:
    count = max(1, min(len(_SENTENCES), round(3 + theta)))
    return "".join(dice.sample(_SENTENCES, count))


def marker_points(seed: str, candidate: int, item: str, marker: str, full: Decimal) -> Decimal:
    """What one marker gives one constructed answer: half points between 0 and `full`."""
    share = 1 / (1 + math.exp(-ability(seed, candidate)))
    slip = _dice(seed, "marker", candidate, item, marker).uniform(-1, 1)
    return min(full, max(Decimal(0), Decimal(round((float(full) * share + slip) * 2)) / 2))


def judge_points(seed: str, candidate: int, module: str, judge: str, criterion: str, full: Decimal) -> Decimal:
    """What one judge gives for one criterion: half points between 0 and `full`."""
    severity = _dice(seed, "severity", judge).gauss(0, 0.03)
    slip = _dice(seed, "judge", candidate, module, judge, criterion).gauss(0, 0.05)
    share = 0.66 + 0.09 * ability(seed, candidate) + severity + slip
    return min(full, max(Decimal(0), Decimal(round(float(full) * share * 2)) / 2))


def expected(seed: str, judge: str, points: dict[str, Decimal], line: Decimal, offset: int) -> dict[str, int]:
    """What a judge who sets a standard expects of each item, in whole per cent: `offset` more than the line's share of
    all points. Of two items that earn the same she finds one harder by as much as the other easier, so that her sum is
    the line's share and the offset exactly, where that is whole per cent."""
    share = int(line * 100 / sum(points.values())) + offset
    room = max(0, min(share, 100 - share, 24))
    percents, unpaired = dict.fromkeys(points, share), {}
    for item, worth in points.items():
        other = unpaired.pop(worth, None)
        if other is None:
            unpaired[worth] = item
            continue
        # What the pair is like all judges see alike; a little of it is her own.
        common = _dice(seed, "standard", other).uniform(-0.8, 0.8)
        turn = round(room * (common + _dice(seed, "standard", other, judge).uniform(-0.2, 0.2)))
        percents[other], percents[item] = share + turn, share - turn
    return percents
