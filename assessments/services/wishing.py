"""What somebody wants of a dossier, in its columns: how much it tells, and who signs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.crosswalk.reading import DEFAULT_FRAMEWORKS
from assessments.extent import Extent
from assessments.models import Assessment, Dossier, DossierSignatory, Framework
from assessments.services.team import has_role
from devices.enums import LifecyclePhase

WHOLE: Final = Extent()


class DossierRefused(PortalError):
    """The step is not possible now; the message is for the person asking."""


def columns(extent: Extent) -> dict[str, Any]:
    """Return the columns of a dossier that say how much it tells."""
    ordered = extent.in_order(LifecyclePhase.values)
    return {**asdict(ordered), "phases": ",".join(ordered.phases)}


def frameworks_of(extent: Extent, keys: Collection[str] | None) -> list[str]:
    """Return the frameworks that a dossier holds the coverage of, in order.

    Only one that tells of every recommendation has them: a requirement may rest on any.

    Raises:
        DossierRefused: one of ``keys`` is not loaded.
    """
    if extent.phases or extent.stakeholder or extent.is_summary:
        return []
    asked = DEFAULT_FRAMEWORKS if keys is None else keys
    rows = Framework.objects.filter(key__in=list(asked), is_in_force=True)
    found = list(rows.order_by("position").values_list("key", flat=True))
    if keys and set(keys) - set(found):
        raise DossierRefused(_("One of these frameworks is not loaded. Choose again."))
    return found


def alike(dossier: Dossier) -> QuerySet[Dossier]:
    """Return the dossiers of the same assessment, language and scope, itself among them."""
    return Dossier.objects.filter(
        assessment_id=dossier.assessment_id, language=dossier.language, **columns(dossier.extent)
    )


def narrowed(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is not as in a whole dossier: the journal names nothing else."""
    whole = columns(WHOLE)
    return {name: value for name, value in chosen.items() if value != whole[name]}


def refuse_empty(assessment: Assessment, extent: Extent) -> None:
    """Refuse a dossier with nothing in it.

    Raises:
        DossierRefused: no recommendation is within ``extent``.
    """
    if not (extent.phases or extent.stakeholder):
        return
    rows = assessment.answers.all()
    if extent.phases:
        rows = rows.filter(phase__in=extent.phases)
    shares = rows.values_list("recommendation__stakeholders", flat=True)
    if not any(not extent.stakeholder or extent.stakeholder in of for of in shares):
        raise DossierRefused(
            _("Nothing of this assessment would be in the dossier. Choose more of it.")
        )


def name_signatories(dossier: Dossier, signatories: Sequence[tuple[User, str]]) -> None:
    """Write down who is to sign, and what that means; in the transaction of who asks.

    Raises:
        DossierRefused: somebody is no approver of the organisation today.
    """
    today = timezone.localdate()
    for position, (person, meaning) in enumerate(signatories, start=1):
        if not has_role(person, Role.APPROVER, organisation_id=dossier.organisation_id, on=today):
            raise DossierRefused(_("%(name)s is no approver.") % {"name": person})
        DossierSignatory.objects.create(
            organisation_id=dossier.organisation_id,
            dossier=dossier,
            position=position,
            person=person,
            name=str(person),
            meaning=meaning,
        )
