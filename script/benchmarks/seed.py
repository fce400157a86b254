"""Many devices for the benchmarks, in bulk: what the services would write, without their time."""

from __future__ import annotations

from ansm_portal.accounts.models import Organisation, User
from assessments.models import Answer, Assessment, Catalogue, PhaseReview
from assessments.services.counters import recount
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceVersion

VERDICTS = ("followed", "followed", "adapted", "partly_followed", "not_followed", "not_assessed")


def fill(organisation: Organisation, *, actor: User, catalogue: Catalogue, devices: int) -> None:
    """Add devices until the organisation has ``devices``, each with an assessed version."""
    have = Device.objects.filter(organisation=organisation).count()
    entries = list(catalogue.recommendations.order_by("position"))
    for number in range(have, devices):
        device = Device.objects.create(
            organisation=organisation,
            name=f"Dispositif {number:05d}",
            reference=f"BENCH-{number:05d}",
            regulation="mdr",
            device_class=("I", "IIa", "IIb", "III")[number % 4],
            safety_class="ABC"[number % 3],
        )
        version = DeviceVersion.objects.create(
            organisation=organisation, device=device, label="1.0", phase="post_market"
        )
        assessment = Assessment.objects.create(
            organisation=organisation,
            device=device,
            version=version,
            catalogue=catalogue,
            started_by=actor,
        )
        PhaseReview.objects.bulk_create(
            PhaseReview(
                organisation=organisation,
                assessment=assessment,
                device=device,
                phase=phase,
                position=position,
            )
            for position, phase in enumerate(LifecyclePhase, start=1)
        )
        Answer.objects.bulk_create(
            Answer(
                organisation=organisation,
                assessment=assessment,
                recommendation=entry,
                device=device,
                code=entry.code,
                phase=entry.phase,
                position=entry.position,
                verdict=VERDICTS[(number + entry.position) % len(VERDICTS)],
                justification="Vérifié lors de la revue de conception. " * 4,
                answered_by=actor,
                answered_at=assessment.started_at,
            )
            for entry in entries
        )
        recount(PhaseReview.objects.filter(assessment=assessment))
