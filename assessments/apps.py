from typing import Any

from django.apps import AppConfig
from django.db.models import Q
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

CATALOGUE_MODELS = (
    *("catalogue", "section", "recommendation", "source"),
    *("framework", "requirement", "commoncontrol", "mapping"),
)


def catalogue_administrators(app_config: AppConfig, using: str, **kwargs: Any) -> None:
    """Keep the group that may edit drafts of the catalogue and sees nothing else."""
    from django.contrib.auth.management import create_permissions  # noqa: PLC0415 -- needs the apps
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415 -- needs the apps

    create_permissions(app_config, using=using, verbosity=0)
    group, _made = Group.objects.using(using).get_or_create(name="Catalogue administrators")
    group.permissions.set(
        Permission.objects.using(using).filter(
            Q(content_type__model__in=CATALOGUE_MODELS) | Q(codename="view_catalogueevent"),
            content_type__app_label="assessments",
        )
    )


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Assessments")

    def ready(self) -> None:
        post_migrate.connect(
            catalogue_administrators, sender=self, dispatch_uid="assessments.administrators"
        )
        from ansm_portal.audit.services import recorded  # noqa: PLC0415 -- needs the apps
        from assessments import checks  # noqa: F401, PLC0415 -- needs the apps
        from assessments.services.announcing import announce  # noqa: PLC0415 -- needs the apps

        recorded.connect(announce, dispatch_uid="assessments.announce")
