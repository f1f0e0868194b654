"""Items with awkward texts, for hypothesis: everything that a bank may hold."""

from decimal import Decimal

from hypothesis import strategies as st

from lms.questions import items
from lms.questions.checking import BLANK, problems
from lms.questions.folding import plain
from lms.questions.items import Item, Media, tidy
from lms.questions.marking import ALL_OR_NOTHING, HALF, PER_OPTION, PLACES

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
MP3 = b"ID3" + b"\x00" * 20
SIGNS = "\\:#=~{}[]%->*/<>&\"'_$@!（）“”、，。？\n\t ::####//[plain]%50%-><b>&amp;"
_letters = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\xa0\u2028\u2029")
_pieces = st.one_of(st.sampled_from([*SIGNS, "考试", "焦虑", "教师", "a", "1"]), _letters)


def texts(least=1, most=12):
    return (
        st.lists(_pieces, min_size=least, max_size=most)
        .map(lambda each: tidy("".join(each)))
        .filter(lambda text: len(text) >= least and not BLANK.search(text))
    )


# A stroke at the edge of a name cannot be told from what parts two names.
_names = texts(most=4).map(lambda text: " ".join(text.split())).filter(lambda text: text.strip("/") == text)


def _told(names):
    return st.dictionaries(st.sampled_from(names), texts(), max_size=len(names))


@st.composite
def _choice(draw):
    every = draw(st.lists(texts(), min_size=2, max_size=5, unique_by=lambda text: plain(text) or text))
    options = items.options(every)
    letters = [each["id"] for each in options]
    if draw(st.booleans()) or len(letters) < 3:
        kind, key = "single", {"right": [draw(st.sampled_from(letters))]}
    else:
        right = sorted(draw(st.sets(st.sampled_from(letters), min_size=2)))
        kind, key = "multiple", {"right": right, "policy": draw(st.sampled_from([HALF, ALL_OR_NOTHING, PER_OPTION]))}
    return kind, draw(texts()), {"options": options}, items.with_feedback(key, draw(_told(letters)), {})


@st.composite
def _true_false(draw):
    key = {"right": draw(st.booleans())}
    return "true_false", draw(texts()), {}, items.with_feedback(key, draw(_told(["true", "false"])), {})


@st.composite
def _fill_in(draw):
    words = draw(st.lists(texts().filter(plain), min_size=1, max_size=3, unique=True))
    words = [" ".join(each.split()) for each in words]
    return "fill_in", f"{draw(texts())}____{draw(texts())}", {"blanks": 1}, {"blanks": [list(dict.fromkeys(words))]}


@st.composite
def _matching(draw):
    left = draw(st.lists(texts(), min_size=2, max_size=4, unique_by=lambda text: plain(text) or text))
    right = draw(st.lists(texts(), min_size=len(left) + 1, max_size=6, unique_by=lambda text: plain(text) or text))
    body, key = items.matching(list(zip(left, right, strict=False)), right[len(left) :])
    return "matching", draw(texts()), body, key


@st.composite
def _ordering(draw):
    steps = draw(st.lists(texts(), min_size=2, max_size=5, unique_by=lambda text: plain(text) or text))
    return "ordering", draw(texts()), *items.ordering(steps, draw(st.sampled_from([PLACES, ALL_OR_NOTHING])))


@st.composite
def _short_answer(draw):
    return "short_answer", draw(texts()), {}, {"guide": draw(texts())}


@st.composite
def whole(draw):
    """An item that a bank can use."""
    kind, stem, body, key = draw(
        st.one_of(_choice(), _true_false(), _fill_in(), _matching(), _ordering(), _short_answer())
    )
    points = Decimal(draw(st.integers(1, 100))) / 10
    made = Item(
        kind=kind,
        stem=stem,
        body=body,
        key=key,
        points=points,
        title=" ".join(draw(texts(least=0)).split()),
        code=draw(st.sampled_from(["", "S001", "A-1"])),
        topic=tuple(draw(st.lists(_names, max_size=2))),
        explanation=draw(texts(least=0)),
        difficulty=draw(st.sampled_from(["", "easy", "hard"])),
        cognitive_level=draw(st.sampled_from(["", "理解", "应用"])),
        source=draw(texts(least=0)),
        tags=tuple(draw(st.lists(texts(least=1, most=4).filter(lambda text: ":" not in text), max_size=2))),
    )
    return made


def usable(item):
    return not problems(item.kind, item.stem, item.body, item.key, item.points)


def with_media(item):
    """The item with a picture in its stem and a sound in its explanation."""
    picture, sound = Media("a.png", "image/png", PNG), Media("b.mp3", "audio/mpeg", MP3)
    return Item(
        **{
            **vars(item),
            "stem": f"{item.stem}\n{picture.mark('一张图')}",
            "explanation": tidy(f"{item.explanation} {sound.mark('一段话')}"),
            "media": (picture, sound),
        }
    )
