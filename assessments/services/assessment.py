"""Starting an assessment, and keeping it true to the profile of its version."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.crosswalk.carrying import ways_to
from assessments.enums import CatalogueState
from assessments.models import Answer, Assessment, Catalogue, PhaseReview
from assessments.moving import applies
from assessments.services.carrying import carry_over
from assessments.services.counters import recount
from assessments.services.inheriting import adopt, inherit, says_it_now
from assessments.services.repeating import take_along
from assessments.services.search import index
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceVersion


@transaction.atomic
def start(
    version: DeviceVersion,
    *,
    catalogue: Catalogue,
    actor: User,
    earlier: Assessment | None = None,
    beside: Assessment | None = None,
) -> Assessment:
    """Begin to assess ``version`` against ``catalogue``: an answer per recommendation.

    What a platform answers is inherited from there. Other answers of an ``earlier`` assessment
    of the device are carried over, to be confirmed. Whether inferred recommendations are left out
    is as the organisation chose. Requirements of its own go ``beside`` an assessment.

    Raises:
        PortalError: the edition is not published, the version is assessed against it
            already, ``earlier`` is of another device, or the platform changed meanwhile.
    """
    if catalogue.state != CatalogueState.PUBLISHED:
        raise PortalError(_("Only a published catalogue edition can be assessed against."))
    if earlier is not None and earlier.device_id != version.device_id:
        raise PortalError(_("Only answers of the same device can be started from."))
    organisation_id = version.organisation_id
    # Answers are locked before the device, as in every other change.
    before, platform = _locked(version, catalogue, earlier)
    # The rows of the devices put people who start at the same instant in line.
    device = _locked_device(version)
    if platform.moved(version, catalogue):
        raise PortalError(_("The platform changed meanwhile. Look again, then start."))
    _refuse_beside(version, catalogue, beside)
    if Assessment.objects.filter(version=version, catalogue=catalogue).exists():
        raise PortalError(_("This version is assessed against this edition already."))
    current = Assessment.objects.filter(device=device, is_current=True)
    is_current = (
        beside is None and not current.filter(version_id__gt=version.pk).exists()
    )  # UUIDv7: later sorts later
    if is_current:
        current.update(is_current=False)
    assessment = Assessment.objects.create(
        organisation_id=organisation_id,
        device=device,
        version=version,
        catalogue=catalogue,
        is_current=is_current,
        started_from=earlier,
        beside=beside,
        leaves_out_inferred=version.organisation.leaves_out_inferred and beside is None,
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
    inherited = inherit(answers, platform.answers, before)
    followers = {answer.pk for _source, answer in inherited}
    ways = ways_to(catalogue, since=earlier.catalogue) if earlier is not None else {}
    own = [answer for answer in answers if answer.pk not in followers]
    carried = carry_over(own, before, ways=ways)
    Answer.objects.bulk_create(answers)
    take_along([*carried, *(pair for pair in inherited if says_it_now(*pair))])
    index(answers)
    recount(PhaseReview.objects.filter(assessment=assessment))
    heirs = adopt(answers, actor=actor)
    details: dict[str, Any] = {"heirs": heirs} if heirs else {}
    if inherited and version.platform is not None:
        details |= {"built_on": version.platform.full_name, "inherited": len(inherited)}
    if earlier is not None:
        details |= {
            "started_from": earlier.full_name,
            "earlier": str(earlier.pk),
            "carried": len({answer.pk for _source, answer in carried if answer.is_applicable}),
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


def _refuse_beside(version: DeviceVersion, catalogue: Catalogue, beside: Assessment | None) -> None:
    """Refuse requirements of an organisation that are beside nothing, or anything else beside."""
    if catalogue.owner_id is None and beside is not None:
        raise PortalError(_("Only requirements of the organisation go beside an assessment."))
    if catalogue.owner_id is not None and (
        beside is None or beside.version_id != version.pk or beside.beside_id is not None
    ):
        raise PortalError(_("Requirements of the organisation go beside an assessment."))


@dataclass(frozen=True, slots=True)
class _Platform:
    """The assessment of the platform by the same edition, if there is one, and its answers."""

    version_id: UUID | None
    assessment_id: UUID | None
    answers: list[Answer]

    def moved(self, version: DeviceVersion, catalogue: Catalogue) -> bool:
        """Tell whether the platform is not the one that was locked any more."""
        now = DeviceVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        return (now.platform_id, _assessment_of(now.platform_id, catalogue)) != (
            self.version_id,
            self.assessment_id,
        )


def _assessment_of(version_id: UUID | None, catalogue: Catalogue) -> UUID | None:
    if version_id is None:
        return None
    found = Assessment.objects.filter(version=version_id, catalogue=catalogue)
    return found.values_list("pk", flat=True).first()


def _locked(
    version: DeviceVersion, catalogue: Catalogue, earlier: Assessment | None
) -> tuple[list[Answer], _Platform]:
    """Lock the answers that ``version`` starts from, and those of versions built on it."""
    platform_id = _assessment_of(version.platform_id, catalogue)
    built = Assessment.objects.filter(version__platform=version, catalogue=catalogue)
    concerned = {*built.values_list("pk", flat=True), platform_id}
    concerned |= {earlier.pk} if earlier else set()
    answers = (
        Answer.objects.filter(assessment__in=concerned - {None})
        .select_related("recommendation")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    by_assessment: dict[UUID, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_assessment[answer.assessment_id].append(answer)
    before = by_assessment[earlier.pk] if earlier else []
    sources = by_assessment[platform_id] if platform_id else []
    return before, _Platform(version.platform_id, platform_id, sources)


def _locked_device(version: DeviceVersion) -> Device:
    """Return the device of ``version``, locked; that of its platform is locked with it."""
    keys = [version.device_id]
    if version.platform is not None:
        keys.append(version.platform.device_id)
    families = Device.objects.filter(pk__in=keys).order_by("pk")
    return next(
        device
        for device in families.select_for_update(of=("self",))
        if device.pk == version.device_id
    )


def _answers(assessment: Assessment, version: DeviceVersion) -> list[Answer]:
    facts = version.facts
    answers = []
    for entry in assessment.catalogue.recommendations.order_by("position"):
        found = applies(entry, facts, leaves_out_inferred=assessment.leaves_out_inferred)
        answers.append(
            Answer(
                organisation_id=assessment.organisation_id,
                assessment=assessment,
                recommendation=entry,
                device_id=version.device_id,
                code=entry.code,
                phase=entry.phase,
                position=entry.position,
                is_applicable=not found.is_left_out,
                missing_facts=found.missing_facts,
                is_set_aside=found.is_set_aside,
            )
        )
    return answers
