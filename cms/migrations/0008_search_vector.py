"""The search's rows again: on PostgreSQL what is looked for stands in a column of its kind, with an index. The sweep
of the search fills them, or `manage.py rebuild_search`."""

import django.db.models.deletion
from django.db import migrations, models

import cms.models.search


def build_index(apps, schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('CREATE INDEX searchentry_grams ON cms_searchentry USING gin (grams)')


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('DROP INDEX searchentry_grams')


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0007_told'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.DeleteModel(name='SearchEntry'),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('lesson', 'lesson'), ('course', 'course'), ('announcement', 'announcement'), ('document', 'policy document')], max_length=12)),
                ('title', models.CharField(max_length=255)),
                ('text', models.TextField()),
                ('folded', models.TextField()),
                ('folded_title', models.CharField(max_length=255)),
                ('grams', cms.models.search.GramsField()),
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
