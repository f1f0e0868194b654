from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0004_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='coursepage',
            name='remarks',
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
    ]
