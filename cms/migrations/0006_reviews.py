"""The review of an institution's pages; how often a PDF's pages were begun to be drawn."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('cms', '0005_remarks_of_a_collected_course'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='coursefile',
            name='drawing_tries',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('task_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.task')),
                ('groups', models.ManyToManyField(help_text='Pages/snippets at this step in a workflow will be moderated or approved by these groups of users', to='auth.group', verbose_name='groups')),
                ('institution', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='review', to='cms.institutionpage')),
            ],
            options={
                'verbose_name': 'review',
            },
            bases=('wagtailcore.task',),
        ),
    ]
