"""System checks of what the assessments need from the settings."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.utils import timezone, translation

from ansm_portal import tenancy
from assessments.services.renewal import due
from assessments.services.sealing import notice_of_seal


@checks.register(checks.Tags.security, deploy=True)
def the_seal_is_fit_and_lasts(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse a seal that cannot be used, and warn of one that soon cannot."""
    with translation.override("en"):
        notice = notice_of_seal(timezone.now())
    if notice is None:
        return []
    hint = "See “Whose seal” and “Time stamps” in docs/dossier.md."
    if notice.is_refusal:
        return [checks.Error(notice.text, hint=hint, id="assessments.E001")]
    return [checks.Warning(notice.text, hint=hint, id="assessments.W001")]


@checks.register(checks.Tags.database, deploy=True)
def dossiers_are_kept_alive(
    app_configs: Any, databases: Any = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Warn of dossiers whose last time stamp ages; only where the database is looked at."""
    if not databases:
        return []
    with tenancy.every_organisation():
        late = due(timezone.localdate()).count()
    if not late:
        return []
    text = f"{late} dossiers are due for a new time stamp."
    return [checks.Warning(text, hint="Run manage.py renew_timestamps.", id="assessments.W002")]
