"""Choosing the platform that a version is built on."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.audit.services import record
from ansm_portal.errors import PortalError
from assessments.enums import ReviewState
from assessments.models import Answer, Assessment, PhaseReview
from assessments.services.inheriting import link
from devices.models import DeviceVersion
from devices.services.changes import RowMoved
from devices.services.version import refuse_unless_platform


@transaction.atomic
def choose_platform(
    version: DeviceVersion, *, platform: DeviceVersion | None, revision: int, actor: User
) -> DeviceVersion:
    """Say what ``version`` is built on, and let its answers inherit from there.

    What it answered itself stays, as an answer that differs. What it inherited from another
    platform follows the new one; without any, it keeps what it says, as its own.

    Raises:
        RowMoved: somebody changed the version since ``revision``.
        PortalError: answers are under review, or this is no platform for the device.
    """
    sources, answers = _locked(version.pk, platform)
    reviews = PhaseReview.objects.filter(assessment__version=version).order_by(
        "assessment_id", "position"
    )
    states = [review.state for review in reviews.select_for_update(of=("self",))]
    version = (
        DeviceVersion.objects.select_for_update(of=("self",))
        .select_related("device", "platform__device")
        .get(pk=version.pk)
    )
    if version.platform_id == (platform.pk if platform else None):
        return version
    if version.revision != revision:
        raise RowMoved(version)
    refuse_unless_platform(platform, for_device=version.device)
    if ReviewState.SUBMITTED in states:
        raise PortalError(
            _("Phases of this version are under review. Have their submission taken back first.")
        )
    before = version.platform.full_name if version.platform else ""
    version.platform = platform
    version.revision += 1
    version.save()
    pairs = [
        (sources[answer.recommendation_id], answer)
        for answer in answers
        if answer.recommendation_id in sources
    ]
    linked = {answer.pk for _source, answer in pairs}
    _set_free([answer for answer in answers if answer.pk not in linked])
    changed = link(pairs, actor=actor)
    record(
        "version.choose_platform",
        version,
        actor=actor,
        organisation_id=version.organisation_id,
        before=before,
        after=platform.full_name if platform else "",
        inherited=[answer.code for _source, answer in pairs if answer.is_inherited],
        differing=[answer.code for _source, answer in pairs if not answer.is_inherited],
        **({"heirs": changed} if changed else {}),
    )
    return version


def _locked(
    version_id: UUID, platform: DeviceVersion | None
) -> tuple[dict[UUID, Answer], list[Answer]]:
    """Lock the answers of both versions; return the platform's by recommendation, and its heirs.

    Only of editions that both are assessed against, and only what applies to the platform.
    """
    concerned = Assessment.objects.filter(
        version__in=[version_id, *([platform.pk] if platform else [])]
    )
    locked = (
        Answer.objects.filter(assessment__in=list(concerned.values_list("pk", flat=True)))
        .select_related("assessment__version__device")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    sources, answers = {}, []
    for answer in locked:
        if answer.assessment.version_id == version_id:
            answers.append(answer)
        elif answer.is_applicable:
            sources[answer.recommendation_id] = answer
    return sources, answers


def _set_free(answers: list[Answer]) -> None:
    linked = [answer.pk for answer in answers if answer.inherited_from_id is not None]
    Answer.objects.filter(pk__in=linked).update(inherited_from=None, override_reason="")
