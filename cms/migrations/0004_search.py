"""The search's rows, with their index on PostgreSQL; announcements of an institution are told once."""

import django.db.models.deletion
from django.db import migrations, models

# Migration 0008 puts another in its place.
INDEX = """
CREATE INDEX searchentry_grams ON cms_searchentry
USING gin (array_to_tsvector(string_to_array(btrim(grams), ' ')))
"""


def build_index(apps, schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(INDEX)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('DROP INDEX searchentry_grams')


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0003_article_of_a_regulation'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='announcementpage',
            name='announced_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        # Nothing has written any row yet.
        migrations.DeleteModel(name='SearchEntry'),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('lesson', 'lesson'), ('course', 'course'), ('announcement', 'announcement'), ('document', 'policy document')], max_length=12)),
                ('title', models.CharField(max_length=255)),
                ('text', models.TextField()),
                ('folded', models.TextField()),
                ('grams', models.TextField()),
                ('dated_at', models.DateTimeField()),
                ('made_from_at', models.DateTimeField(null=True)),
                ('course', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cms.coursepage')),
                ('document', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_entry', to='cms.policydocument')),
                ('page', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_entry', to='wagtailcore.page')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('document__isnull', False), ('page', None)), models.Q(('document', None), ('page__isnull', False)), _connector='OR'), name='searchentry_page_or_document')],
            },
        ),
        migrations.RunPython(build_index, drop_index),
    ]
