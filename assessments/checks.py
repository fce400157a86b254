"""System checks of what the assessments need from the settings."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.utils import timezone, translation

from assessments.services.sealing import notice_of_seal


@checks.register(checks.Tags.security, deploy=True)
def the_seal_is_fit_and_lasts(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse a seal that cannot be used, and warn of one that soon cannot."""
    with translation.override("en"):
        notice = notice_of_seal(timezone.now())
    if notice is None:
        return []
    hint = "See SEAL_PKCS12_FILE and SEAL_TSA_URL in docs/dossier.md."
    if notice.is_refusal:
        return [checks.Error(notice.text, hint=hint, id="assessments.E001")]
    return [checks.Warning(notice.text, hint=hint, id="assessments.W001")]
