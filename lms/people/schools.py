"""Finds the schools that rows of a file name, and says what is wrong where one is not found."""

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from lms.people import cells
from lms.people.models import Organisation

DIRECT = "市直"  # in the column of counties: directly below the authority
_NEAR = 0.5
_NAMES_LOOKED_UP = 50
_UNKNOWN_ASKED = 500


class Schools:
    """The open schools and institutions below a unit, found by their names however these are typed."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        open_ones = Organisation.objects.under(organisation.path).filter(
            level__gte=Organisation.Level.SCHOOL, closed_on=None
        )
        self.by_id = {school.pk: school for school in open_ones.select_related("parent")}
        self._by_name: dict[str, list[Organisation]] = defaultdict(list)
        for school in self.by_id.values():
            self._by_name[plain(school.name)].append(school)
        self._elsewhere: set[str] = set()
        self._nearest: dict[str, str] = {}

    def prepare(self, names: Iterable[str]) -> None:
        """Look up once, of the names that no school here has, those that a school elsewhere has."""
        unknown = sorted({name for name in names if plain(name) not in self._by_name})[:_UNKNOWN_ASKED]
        found = Organisation.objects.filter(name__in=unknown, level__gte=Organisation.Level.SCHOOL)
        self._elsewhere = set(found.values_list("name", flat=True))

    def find(self, reader: cells.Reader) -> Organisation | None:
        """The school that a row names; a fault of the row where there is none, or more than one."""
        name = reader.text(cells.SCHOOL)
        found = self._by_name.get(plain(name), [])
        if len(found) > 1:
            county = reader.text(cells.COUNTY)
            found = [each for each in found if self._is_in(each, county)] or found
        if len(found) == 1:
            return found[0]
        if found:
            reader.fault(cells.SCHOOL, "school_ambiguous")
        elif not name:
            reader.fault(cells.SCHOOL, "school_missing")
        elif name in self._elsewhere:
            reader.fault(cells.SCHOOL, "school_outside", authority=self.organisation.name)
        else:
            nearest = self._nearest_to(name)
            reader.fault(cells.SCHOOL, "school_unknown" if nearest else "school_unlike_any", expected=nearest)
        return None

    def _is_in(self, school: Organisation, county: str) -> bool:
        if county == DIRECT:
            return school.parent_id == self.organisation.pk
        return bool(county) and school.parent.name.startswith(county)

    def _nearest_to(self, name: str) -> str:
        """The name most like this one; looked for only for the first names that are unknown, for it takes its time."""
        if name not in self._nearest and len(self._nearest) < _NAMES_LOOKED_UP:
            found = difflib.get_close_matches(plain(name), list(self._by_name), n=1, cutoff=_NEAR)
            self._nearest[name] = self._by_name[found[0]][0].name if found else ""
        return self._nearest.get(name, "")


def plain(name: str) -> str:
    """A school's name without what people vary: full-width forms and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split())
