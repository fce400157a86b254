"""Dossiers name the level of their seal; those issued so far have no time stamp."""

from django.db import migrations, models


def name_the_level(apps, schema_editor):
    dossiers = apps.get_model("assessments", "Dossier")._base_manager
    dossiers.exclude(issued_at=None).update(seal_level="PAdES B-B")


class Migration(migrations.Migration):
    dependencies = [("assessments", "0008_answers_by_turn")]

    operations = [
        migrations.AddField(
            model_name="dossier",
            name="seal_level",
            field=models.CharField(blank=True, max_length=12, verbose_name="level of the seal"),
        ),
        migrations.RunPython(name_the_level, migrations.RunPython.noop),
    ]
