"""The steps of a whole exam, in order; each calls acts and says what can be counted afterwards."""

from collections.abc import Callable, Iterator

from lms.demo.course import Counts, Course
from lms.demo.steps import certificates, founding, performance, registration, written

ALL: tuple[Callable[[Course], Counts], ...] = (
    founding.found,
    registration.register,
    registration.review,
    registration.arrange,
    registration.set_paper,
    written.come_in,
    written.sit,
    written.mark,
    written.set_line,
    written.publish_written,
    performance.call_to_hearing,
    performance.hear,
    performance.publish_performance,
    certificates.certify,
    certificates.fetch,
)


def run(course: Course, until: Callable[[Course], Counts] | None = None) -> Iterator[tuple[str, Counts]]:
    """Take the steps in order, up to and with `until` if it is given; after each, its name and its counts."""
    for step in ALL:
        yield step.__name__, step(course)
        if step is until:
            return
