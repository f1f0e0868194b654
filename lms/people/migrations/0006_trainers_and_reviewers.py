from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_imports_being_undone'),
    ]

    operations = [
        migrations.AlterField(
            model_name='appointment',
            name='office',
            field=models.CharField(choices=[('bureau_officer', 'bureau officer'), ('exam_officer', 'exam officer'), ('marker', 'marker'), ('judge', 'judge'), ('signatory', 'signatory'), ('clerk', 'clerk'), ('auditor', 'auditor'), ('school_officer', 'school officer'), ('trainer', 'trainer'), ('content_reviewer', 'reviewer of course content'), ('accountable_head', 'accountable head'), ('leading_group', 'leading group'), ('centre', 'counselling centre')], max_length=20, verbose_name='office'),
        ),
    ]
