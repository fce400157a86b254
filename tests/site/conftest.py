"""One row of everything, for the tests over all addresses."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansm_portal.permissions import Role
from assessments.models import Dossier, PhaseReview
from assessments.services.evidence import cite
from assessments.services.remark import raise_remark
from tests.factories import AssessmentFactory, EvidenceFactory, MembershipFactory


@pytest.fixture
def world(db):
    """An organisation with one row of everything an address can name."""
    assessment = AssessmentFactory()
    organisation = assessment.organisation
    author = assessment.started_by
    answer = assessment.answers.order_by("position").first()
    evidence = EvidenceFactory(organisation=organisation, added_by=author)
    cite(answer.pk, evidence=evidence, actor=author)
    reviewer = MembershipFactory(organisation=organisation, role=Role.REVIEWER).user
    return SimpleNamespace(
        organisation=organisation,
        device=assessment.device,
        version=assessment.version,
        assessment=assessment,
        answer=answer,
        evidence=evidence,
        phase=PhaseReview.objects.get(assessment=assessment, phase="design"),
        remark=raise_remark(answer, kind="question", text="Which report?", actor=reviewer),
        dossier=Dossier.objects.create(
            organisation=organisation,
            assessment=assessment,
            year=2026,
            serial=1,
            language="fr",
            requested_by=author,
        ),
    )
