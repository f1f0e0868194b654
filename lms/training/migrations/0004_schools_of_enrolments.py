from django.db import migrations
from django.db.models import Q
from django.db.models.functions import TruncDate


def fill(apps, schema_editor):
    """Each enrolment's school: where the teacher was posted on the day she applied, or else was posted last, or else
    the programme's unit."""
    enrolments, postings = apps.get_model("training", "Enrolment"), apps.get_model("people", "Posting")
    for each in enrolments.objects.filter(school=None).annotate(day=TruncDate("applied_at")).iterator():
        own = postings.objects.filter(teacher=each.teacher_id)
        then = own.filter(from_on__lte=each.day).filter(Q(until_on=None) | Q(until_on__gte=each.day))
        posting = then.order_by("-from_on").first() or own.order_by("-from_on").first()
        school = posting.organisation_id if posting else each.period.programme.organisation_id
        enrolments.objects.filter(pk=each.pk).update(school=school)


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0003_seats_and_steps"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
