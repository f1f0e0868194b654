"""What templates of examinations say about rules, deadlines and official acts, and how they show texts of questions."""

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from exams import wording
from lms.questions.items import MEDIA_MARK, SOUND

_SEEN = '<img class="q-media" src="{}" alt="{}" loading="lazy">'
_HEARD = (
    '<audio class="q-media" controls preload="none" src="{}" aria-label="{}"></audio><span class="q-words">{}</span>'
)
register = template.Library()
register.filter("rule_name", wording.rule_name)
register.filter("finding_sentence", wording.finding_sentence)
register.filter("finding_remedy", wording.finding_remedy)
register.filter("answer_text", wording.answer_text)


@register.filter
def without_media(text: str) -> str:
    """A text of a question in one line: in place of a picture or a sound, what it says to who cannot see or hear it."""
    return MEDIA_MARK.sub(lambda found: f"〔{found[1]}〕", str(text))


@register.filter
def with_media(text: str, organisation_id: int) -> SafeString:
    """A text of a question of this bank with its pictures and sounds in their places, below a sound its words. For
    those who judge questions or answers: a candidate hears only (lms/static/js/question-text.js)."""
    pieces: list[SafeString] = []
    at = 0
    for found in MEDIA_MARK.finditer(str(text)):
        pieces.append(conditional_escape(text[at : found.start()]))
        address = reverse("exams:question_media", args=[organisation_id, found[2]])
        heard = found[0].startswith(f"!{SOUND}")
        words = _("What is heard: {words}").format(words=found[1])
        pieces.append(format_html(_HEARD, address, found[1], words) if heard else format_html(_SEEN, address, found[1]))
        at = found.end()
    pieces.append(conditional_escape(text[at:]))
    return format_html_join("", "{}", ((each,) for each in pieces))
