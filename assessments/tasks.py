"""Background work: fetch by id, enter the scope, call the service."""

from __future__ import annotations

import logging
from uuid import UUID

from django.utils.translation import gettext as _
from django_tasks import task

from ansm_portal.tenancy import scoped_to
from assessments.services import issuing

logger = logging.getLogger(__name__)


@task()
def issue_dossier(dossier_id: str, organisation_id: str) -> None:
    """Make a dossier. Whatever happens, it does not stay half made without a word."""
    pk = UUID(dossier_id)
    with scoped_to([UUID(organisation_id)]):
        try:
            issuing.issue(pk)
        except Exception:
            logger.exception("Dossier %s could not be made.", pk)
            issuing.fail(
                pk,
                reason=_(
                    "Something unexpected happened; whoever runs the portal finds it in its log."
                ),
            )
