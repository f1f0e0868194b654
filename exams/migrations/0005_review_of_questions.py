import re

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Exists, OuterRef

STATES = [
    ("draft", "draft"),
    ("in_review", "in review"),
    ("usable", "usable"),
    ("retired", "retired"),
    ("superseded", "superseded by a later version"),
]


def use_what_stands(apps, schema_editor):
    """What papers could be composed from until now stays usable; topics become places in a tree."""
    questions = apps.get_model("exams", "Question").objects.using(schema_editor.connection.alias)
    later = questions.filter(
        organisation=OuterRef("organisation"), code=OuterRef("code"), version__gt=OuterRef("version")
    )
    questions.filter(Exists(later)).update(state="superseded")
    questions.filter(~Exists(later)).update(state="usable")
    for topic in questions.exclude(topic="").values_list("topic", flat=True).distinct():
        steps = [step.strip() for step in re.split("[/／]", topic)]
        tidy = "/".join(step for step in steps if step)
        if tidy != topic:
            questions.filter(topic=topic).update(topic=tidy)
    if schema_editor.connection.vendor == "postgresql":  # no index is built while checks of these rows are still due
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("exams", "0004_matching_and_ordering_questions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QuestionStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(choices=STATES, max_length=10, verbose_name="state")),
                ("at", models.DateTimeField()),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="exams.question"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ItemFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sat_on", models.DateField()),
                ("scripts", models.PositiveIntegerField()),
                ("earned", models.DecimalField(decimal_places=3, max_digits=12)),
                ("possible", models.DecimalField(decimal_places=3, max_digits=12)),
                ("upper_earned", models.DecimalField(decimal_places=3, max_digits=12)),
                ("upper_possible", models.DecimalField(decimal_places=3, max_digits=12)),
                ("lower_earned", models.DecimalField(decimal_places=3, max_digits=12)),
                ("lower_possible", models.DecimalField(decimal_places=3, max_digits=12)),
                ("choices", models.JSONField(default=dict)),
                ("reckoned_at", models.DateTimeField()),
                (
                    "place",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="exams.paperquestion"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="question",
            name="reviewed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="reviewed at"),
        ),
        migrations.AddField(
            model_name="question",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="state",
            field=models.CharField(choices=STATES, default="draft", max_length=10, verbose_name="state"),
        ),
        migrations.AlterField(
            model_name="question",
            name="topic",
            field=models.CharField(blank=True, max_length=120, verbose_name="topic"),
        ),
        migrations.RunPython(use_what_stands, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="question",
            index=models.Index(fields=["organisation", "state"], name="question_by_state"),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "usable")),
                fields=("organisation", "code"),
                name="question_one_usable_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "in_review"])),
                fields=("organisation", "code"),
                name="question_one_open_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by", None),
                    models.Q(("reviewed_by", models.F("collected_by")), _negated=True),
                    _connector="OR",
                ),
                name="question_reviewed_by_another",
            ),
        ),
    ]
