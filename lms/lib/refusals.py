"""A refusal: "no, because …", the one exception that an act raises on purpose. Anything else is a bug."""

from django.utils.functional import Promise
from django.utils.text import format_lazy


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An act's plain "no": a sentence for the person that says what is wrong and what to do next.

    Subclasses stand beside the act that raises them and give `sentence`, a translatable text with {names};
    the keyword arguments fill it. `field` names the form field that the refusal is about, if one. `status` is the
    HTTP status of the answer.
    """

    sentence: str | Promise = ""
    field: str | None = None
    status = 409

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return str(format_lazy(str(self.sentence), **self.facts)) if self.facts else str(self.sentence)

    @property
    def code(self) -> str:
        """The refusal's name in JSON answers, such as "StaleVersion"."""
        return type(self).__name__
