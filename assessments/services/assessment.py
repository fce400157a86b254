"""Starting an assessment, and keeping it true to the profile of its version."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.applicability import missing_facts
from assessments.enums import CatalogueState
from assessments.models import Answer, Assessment, Catalogue, PhaseReview
from assessments.services.carrying import carry_over, take_along
from assessments.services.changes import lock_all
from assessments.services.counters import recount
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceVersion


@transaction.atomic
def start(
    version: DeviceVersion,
    *,
    catalogue: Catalogue,
    actor: User,
    earlier: Assessment | None = None,
) -> Assessment:
    """Begin to assess ``version`` against ``catalogue``: an answer per recommendation.

    Answers of an ``earlier`` assessment of the device are carried over, to be confirmed.

    Raises:
        PortalError: the edition is not published, the version is assessed against it
            already, or ``earlier`` is of another device.
    """
    if catalogue.state != CatalogueState.PUBLISHED:
        raise PortalError(_("Only a published catalogue edition can be assessed against."))
    if earlier is not None and earlier.device_id != version.device_id:
        raise PortalError(_("Only answers of the same device can be started from."))
    organisation_id = version.organisation_id
    # Answers are locked before the device, as in every other change.
    before = _locked(earlier) if earlier is not None else []
    # The row of the device puts two people who start at the same instant in line.
    device = Device.objects.select_for_update(of=("self",)).get(pk=version.device_id)
    if Assessment.objects.filter(version=version, catalogue=catalogue).exists():
        raise PortalError(_("This version is assessed against this edition already."))
    current = Assessment.objects.filter(device=device, is_current=True)
    is_current = not current.filter(version_id__gt=version.pk).exists()  # UUIDv7: later sorts later
    if is_current:
        current.update(is_current=False)
    assessment = Assessment.objects.create(
        organisation_id=organisation_id,
        device=device,
        version=version,
        catalogue=catalogue,
        is_current=is_current,
        started_from=earlier,
        started_by=actor,
    )
    PhaseReview.objects.bulk_create(
        PhaseReview(
            organisation_id=organisation_id,
            assessment=assessment,
            device=device,
            phase=phase,
            position=position,
        )
        for position, phase in enumerate(LifecyclePhase, start=1)
    )
    answers = _answers(assessment, version)
    carried = carry_over(answers, before)
    Answer.objects.bulk_create(answers)
    take_along(carried)
    recount(PhaseReview.objects.filter(assessment=assessment))
    details: dict[str, Any] = {}
    if earlier is not None:
        details = {
            "started_from": earlier.full_name,
            "earlier": str(earlier.pk),
            "carried": sum(answer.is_applicable for _source, answer in carried),
        }
    record(
        "assessment.start",
        assessment,
        actor=actor,
        organisation_id=organisation_id,
        version=str(version.pk),
        catalogue=str(catalogue),
        **details,
    )
    return assessment


def _locked(earlier: Assessment) -> list[Answer]:
    return lock_all(Answer.objects.filter(assessment=earlier).select_related("recommendation"))


def _answers(assessment: Assessment, version: DeviceVersion) -> list[Answer]:
    facts = version.facts
    answers = []
    for entry in assessment.catalogue.recommendations.order_by("position"):
        lacking = missing_facts(entry.applies_when, facts)
        answers.append(
            Answer(
                organisation_id=assessment.organisation_id,
                assessment=assessment,
                recommendation=entry,
                device_id=version.device_id,
                code=entry.code,
                phase=entry.phase,
                position=entry.position,
                is_applicable=not lacking,
                missing_facts=lacking,
            )
        )
    return answers
