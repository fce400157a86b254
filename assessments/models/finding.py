"""Which built-in checks for typical non-conformities an organisation has turned off."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.tenancy import OrganisationOwned, ScopedManager


class SilencedCheck(OrganisationOwned):
    """A check that this organisation does not want to hear of, and why."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.SlugField(_("check"), max_length=60)
    reason = models.CharField(_("reason"), max_length=500)
    silenced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    silenced_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()

    class Meta:
        verbose_name = _("check that is off")
        verbose_name_plural = _("checks that are off")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "key"], name="silenced_check_once"),
            models.CheckConstraint(
                name="silenced_check_has_a_reason", condition=~models.Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        """Return the page of the checks; the organisation must be loaded."""
        return reverse("assessments:check-list", args=[self.organisation.slug])

    @property
    def full_name(self) -> str:
        return self.key
