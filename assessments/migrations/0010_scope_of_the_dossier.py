"""Dossiers say how much of the assessment they tell; those so far tell everything."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_notifications'),
        ('assessments', '0009_level_of_the_seal'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='dossier',
            name='is_summary',
            field=models.BooleanField(default=False, verbose_name='summary'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='phases',
            field=models.CharField(blank=True, help_text='Those told of, in order, by commas; empty: all.', max_length=80, verbose_name='phases'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='stakeholder',
            field=models.CharField(blank=True, choices=[('manufacturer', 'manufacturer'), ('user', 'user'), ('patient', 'patient'), ('healthcare_establishment', 'healthcare establishment')], help_text='Only what this one has a share in; empty: everything.', max_length=30, verbose_name='stakeholder'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='with_history',
            field=models.BooleanField(default=True, verbose_name='with its history'),
        ),
        migrations.AddField(
            model_name='dossier',
            name='with_remarks',
            field=models.BooleanField(default=True, verbose_name='with remarks and actions'),
        ),
        migrations.AddConstraint(
            model_name='dossier',
            constraint=models.CheckConstraint(condition=models.Q(('phases__regex', '^(design(,|$))?(development(,|$))?(commissioning(,|$))?(post_market(,|$))?(end_of_life(,|$))?$'), models.Q(('phases__endswith', ','), _negated=True), models.Q(('phases', 'design,development,commissioning,post_market,end_of_life'), _negated=True)), name='dossier_phases_in_order'),
        ),
        migrations.AddConstraint(
            model_name='dossier',
            constraint=models.CheckConstraint(condition=models.Q(('stakeholder__in', ['', 'manufacturer', 'user', 'patient', 'healthcare_establishment'])), name='dossier_known_stakeholder'),
        ),
    ]
