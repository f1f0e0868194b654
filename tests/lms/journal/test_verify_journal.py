"""The command that checks the chain: quiet and zero where it fits, one and the first bad line where it does not."""

import pytest
from django.core.management import CommandError, call_command

from lms.journal.models import Line
from tests.factories import journal, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(tree):
    officer = people.user("沈县")
    for _n in range(4):
        journal.line(officer, tree.school)
    journal.seal()
    return list(Line.objects.order_by("place"))


def test_verify_journal_names_the_head_when_all_is_well(chain, capsys):
    call_command("verify_journal")
    assert f"4 lines are as they were sealed; the head of the chain is {chain[-1].hash}" in capsys.readouterr().out


def test_verify_journal_passes_when_nothing_was_sealed_yet(db, capsys):
    call_command("verify_journal")
    assert "0 lines" in capsys.readouterr().out


@pytest.mark.parametrize("changed", [{"reason": "改过"}, {"actor_name": "别人"}, {"facts": {"points": 60}}])
def test_verify_journal_fails_when_a_line_was_changed(chain, changed):
    Line.objects.filter(pk=chain[1].pk).update(**changed)
    with pytest.raises(CommandError, match=f"place 2, line {chain[1].pk}: this line was changed"):
        call_command("verify_journal")


def test_verify_journal_fails_when_a_line_was_taken_out(chain):
    Line.objects.filter(pk=chain[2].pk)._raw_delete("default")
    with pytest.raises(CommandError, match=f"place 3, line {chain[3].pk}: a line is missing"):
        call_command("verify_journal")
