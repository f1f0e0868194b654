"""What the queue does for people: codes are made and sent, files that were brought in are worked on."""

from celery import shared_task

from lms.lib import clock
from lms.people import loading, sending


@shared_task
def send_activation_codes(*code_ids: int) -> None:
    """Make and send the codes of these rows; those already made are left alone."""
    for code_id in code_ids:
        sending.send_activation(code_id, at=clock.now())


@shared_task
def send_phone_code(code_id: int) -> None:
    """Make and send the six digits of this row."""
    sending.send_confirmation(code_id, at=clock.now())


@shared_task
def send_reset_code(user_id: int) -> None:
    """Make and send six digits for a new password; an id that is no account's leaves nothing to do."""
    sending.send_reset(user_id, at=clock.now())


@shared_task
def check_import(run_id: int) -> None:
    """Check a file that was brought in, unless it is checked already."""
    loading.check(run_id, clock.now(), lambda rows: loading.note_progress(run_id, rows, clock.now()))


@shared_task
def load_import(run_id: int) -> None:
    """Do what a checked file says, unless it is done already."""
    loading.load(run_id, clock.now())


@shared_task
def unload_import(run_id: int) -> None:
    """Take a committed file back, unless it is undone already."""
    loading.unload(run_id, clock.now())
