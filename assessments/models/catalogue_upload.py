"""Files of editions that somebody looks at before bringing them in. Shared by all organisations."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.tenancy import Shared


class CatalogueUpload(Shared):
    """A file that was uploaded and not brought in yet; gone when it is, or after a week."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.CharField(max_length=200, editable=False)
    file_name = models.CharField(_("file"), max_length=255)
    format = models.CharField(_("format"), max_length=10)
    sha256 = models.CharField(_("digest of the file"), max_length=64)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("uploaded edition")
        verbose_name_plural = _("uploaded editions")

    def __str__(self) -> str:
        return self.file_name
