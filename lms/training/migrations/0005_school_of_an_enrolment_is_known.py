import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0004_schools_of_enrolments"),
    ]

    operations = [
        migrations.AlterField(
            model_name="enrolment",
            name="school",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="enrolments", to="people.organisation"
            ),
        ),
    ]
