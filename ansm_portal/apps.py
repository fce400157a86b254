from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class PortalConfig(AppConfig):
    name = "ansm_portal"
    label = "portal"

    def ready(self) -> None:
        from ansm_portal import checks, integrity  # noqa: F401, PLC0415 -- needs the app registry

        # Sent once per app and database; the last app of ours has all tables.
        pre_migrate.connect(integrity.before_migrate, dispatch_uid="ansm_portal.integrity")
        post_migrate.connect(integrity.after_migrate, dispatch_uid="ansm_portal.integrity")
