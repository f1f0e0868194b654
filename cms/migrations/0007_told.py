"""Who was told of a page stands beside it: what stands in a page is written over by each publication."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0006_reviews'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.RemoveField(model_name='announcementpage', name='announced_at'),
        migrations.RemoveField(model_name='lessonpage', name='announced_at'),
        migrations.CreateModel(
            name='Told',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('told_at', models.DateTimeField()),
                ('people', models.PositiveIntegerField()),
                ('page', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='told', to='wagtailcore.page')),
            ],
        ),
    ]
