"""Inferred recommendations, left out by choice."""

import pytest

from ansm_portal.audit.models import AuditEvent
from assessments.dossier.builder import build
from assessments.dossier.chapters.applicability import Applicability
from assessments.dossier.document import Document
from assessments.dossier.snapshot import Seal
from assessments.models import Dossier, Recommendation
from assessments.services.answer import include
from assessments.services.leaving_out import choose, leave_out
from tests.factories import AssessmentFactory, CatalogueFactory, RecommendationFactory
from tests.factories.assessments import SectionFactory, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue():
    """An edition with an inferred entry beside two recalled ones."""
    catalogue = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=catalogue)
    for position, status in enumerate(("recalled", "inferred", "recalled"), start=1):
        RecommendationFactory(section=section, position=position, provenance_status=status)
    publish(catalogue)
    return catalogue


def left_out(assessment):
    return list(assessment.answers.filter(is_applicable=False).values_list("code", flat=True))


def counters(assessment):
    review = assessment.phase_reviews.get(phase="design")
    return review.applicable, review.excluded


def test_new_assessments_are_as_the_organisation_chose(catalogue):
    first = AssessmentFactory(catalogue=catalogue)
    organisation = first.organisation
    choose(organisation, leaves_out=True, actor=first.started_by)
    choose(organisation, leaves_out=True, actor=first.started_by)

    organisation.refresh_from_db()
    second = AssessmentFactory(catalogue=catalogue, device__organisation=organisation)

    assert (left_out(first), left_out(second)) == ([], ["REC-002"])
    assert (counters(first), counters(second)) == ((3, 0), (2, 1))
    assert AuditEvent.objects.filter(verb="organisation.leave_out").count() == 1


def test_one_assessment_changes_its_mind_with_an_event(catalogue):
    assessment = AssessmentFactory(catalogue=catalogue)
    actor = assessment.started_by

    leave_out(assessment.pk, leaves_out=True, actor=actor)
    assert (left_out(assessment), counters(assessment)) == (["REC-002"], (2, 1))
    include(assessment.answers.get(code="REC-002").pk, reason="We want it.", actor=actor)
    assert left_out(assessment) == []
    leave_out(assessment.pk, leaves_out=False, actor=actor)

    answer = assessment.answers.get(code="REC-002")
    assert (answer.is_set_aside, answer.inclusion_reason) == (False, "")
    assert counters(assessment) == (3, 0)
    events = AuditEvent.objects.filter(verb="assessment.leave_out").order_by("sequence")
    assert [event.data["leaves_out"] for event in events] == [True, False]


def test_a_dossier_says_what_is_left_out_for_this_reason_and_how_many(catalogue):
    assessment = AssessmentFactory(catalogue=catalogue)
    leave_out(assessment.pk, leaves_out=True, actor=assessment.started_by)
    dossier = Dossier(assessment=assessment, language="en", year=2026, serial=1)
    dossier.requested_by = assessment.started_by

    record = build(
        dossier,
        head=AuditEvent(sequence=1, hash="0" * 64),
        seal=Seal("Acme", "0" * 64, is_test=True, level="PAdES B-B"),
        instant=assessment.started_at,
    )

    content = Applicability(Document(record))
    assert record.leaves_out_inferred
    assert [entry.code for entry in content.set_aside] == ["REC-002"]
    assert content.excluded == []
    assert Recommendation.objects.filter(catalogue=catalogue).count() == 3
