"""Tells the front page and the sign-in page whom a visitor may be; in the settings of the demo only."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from lms.demo import people, state


class Offer:
    """The demo people who have an account, the password that signatures ask for, and how far the rest is built.
    Nothing is asked of the database until a page lists them."""

    password = people.PASSWORD

    def __init__(self) -> None:
        self.listed = [
            {"pk": account.pk, "name": str(account), "role": person.role, "what": person.what}
            for person, account in people.accounts()
        ]
        self.building = state.progress()

    def __bool__(self) -> bool:
        return bool(self.listed)


def demo_people(request: HttpRequest) -> dict:
    """The context processor."""
    return {"demo_people": SimpleLazyObject(Offer)}
