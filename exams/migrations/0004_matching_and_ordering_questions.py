"""Questions can be matching and ordering."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exams", "0003_recusal_for_kin_and_mentors")]

    operations = [
        migrations.AlterField(
            model_name="question",
            name="kind",
            field=models.CharField(
                choices=[
                    ("single", "single choice"),
                    ("multiple", "multiple choice"),
                    ("true_false", "true or false"),
                    ("fill_in", "fill in"),
                    ("matching", "matching"),
                    ("ordering", "ordering"),
                    ("short_answer", "short answer"),
                    ("case", "case analysis"),
                ],
                max_length=14,
                verbose_name="kind",
            ),
        )
    ]
