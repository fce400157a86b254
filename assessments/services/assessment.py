"""Starting an assessment, and keeping it true to the profile of its version."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.applicability import missing_facts
from assessments.enums import CatalogueState
from assessments.models import Answer, Assessment, Catalogue, PhaseReview
from assessments.services.counters import recount
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceVersion


@transaction.atomic
def start(version: DeviceVersion, *, catalogue: Catalogue, actor: User) -> Assessment:
    """Begin to assess ``version`` against ``catalogue``: an answer per recommendation.

    Raises:
        PortalError: the edition is not published, or the version is assessed against
            it already.
    """
    if catalogue.state != CatalogueState.PUBLISHED:
        raise PortalError(_("Only a published catalogue edition can be assessed against."))
    organisation_id = version.organisation_id
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
    Answer.objects.bulk_create(_answers(assessment, version))
    recount(PhaseReview.objects.filter(assessment=assessment))
    record(
        "assessment.start",
        assessment,
        actor=actor,
        organisation_id=organisation_id,
        version=str(version.pk),
        catalogue=str(catalogue),
    )
    return assessment


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
