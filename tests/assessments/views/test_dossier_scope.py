"""Choosing how much a dossier tells, and reading it before it is issued."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.dossier.snapshot import from_json, to_canonical_json
from assessments.extent import Extent
from assessments.models import Dossier
from assessments.services import dossier as services
from assessments.services import wishing
from assessments.services.answer import save_answer
from assessments.services.assessment import start
from assessments.services.foreseeing import foresee, preview
from tests.assessments.dossier import samples
from tests.assessments.dossier.samples import NOON
from tests.assessments.views.test_dossier import (
    DIGEST,
    assessment,
    auditor,
    issued,
    manager,
    queued,
    url,
)
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    FrameworkFactory,
    MembershipFactory,
    VersionFactory,
)
from tests.factories.assessments import RecommendationFactory, SectionFactory, publish

__all__ = ["assessment", "auditor", "manager", "queued"]

pytestmark = pytest.mark.django_db
RECORD = to_canonical_json(samples.snapshot()).decode()


@pytest.fixture
def several():
    """An assessment of two phases; the hospital has a share in one of three entries."""
    edition = CatalogueFactory(sizes=False)
    hospital = ["manufacturer", "healthcare_establishment"]
    shares = {"design": [hospital, ["manufacturer"]], "development": [["manufacturer"]]}
    position = 0
    for number, (phase, of_entries) in enumerate(shares.items()):
        section = SectionFactory(catalogue=edition, phase=phase, position=number)
        for stakeholders in of_entries:
            position += 1
            RecommendationFactory(section=section, position=position, stakeholders=stakeholders)
    publish(edition)
    return AssessmentFactory(catalogue=edition)


def ask(found, **extent):
    return services.allocate(found, language="en", actor=found.started_by, extent=Extent(**extent))


def told(found, **extent):
    return preview(
        found, language="en", extent=Extent(**extent), actor=found.started_by, instant=NOON
    )


# What is in it


def test_an_extract_has_only_what_was_chosen(several):
    snapshot = told(several, phases=("design",), stakeholder="healthcare_establishment")

    assert [entry.recommendation.stakeholders for entry in snapshot.entries] == [
        ("manufacturer", "healthcare_establishment")
    ]
    assert snapshot.scope.phases == ("design",)
    assert snapshot.scope.recommendations == 1
    assert snapshot.scope.recommendations_left_out == 2
    assert snapshot.number == ""
    assert from_json(to_canonical_json(snapshot)) == snapshot


def test_without_history_and_remarks_the_record_has_none(several):
    whole, less = told(several), told(several, with_history=False, with_remarks=False)

    assert [event.verb for event in whole.history.events] == ["assessment.start"]
    assert less.history is None
    assert less == replace(
        whole,
        history=None,
        scope=replace(whole.scope, with_history=False, with_remarks=False),
    )


def test_the_phases_in_it_decide_whether_it_is_provisional(several):
    somebody = several.started_by
    several.phase_reviews.filter(phase="design").update(
        state="signed",
        submitted_by=somebody,
        submitted_at=NOON,
        accepted_by=somebody,
        accepted_at=NOON,
    )

    assert not told(several, phases=("design",)).is_provisional
    assert told(several, phases=("design", "development")).is_provisional
    assert [r.phase for r in foresee(several, Extent(phases=("design",))).unsigned] == []


def test_what_is_foreseen_is_what_the_record_says(several):
    extent = Extent(phases=("design",), stakeholder="healthcare_establishment")

    assert (
        foresee(several, extent).told.scope
        == told(several, phases=("design",), stakeholder="healthcare_establishment").scope
    )
    assert foresee(several, Extent(is_summary=True)).pages == 4


def test_frameworks_take_pages_of_their_own(several):
    framework = FrameworkFactory(sizes=60)
    without, with_it = (foresee(several, Extent(), keys).pages for keys in ([], [framework.key]))
    assert with_it > without


def test_the_history_compares_with_the_version_before(several):
    first = several.answers.order_by("position").first()
    newer = start(
        VersionFactory(device=several.device, is_latest=False),
        catalogue=several.catalogue,
        actor=several.started_by,
    )
    answer = newer.answers.get(code=first.code)
    save_answer(
        answer.pk,
        revision=answer.revision,
        verdict="adapted",
        justification="By other means.",
        owner_id=None,
        due_on=None,
        actor=newer.started_by,
    )
    before = told(newer).history.predecessor

    assert before.version == several.version.label
    assert [(one.code, one.verdict_before, one.verdict_after) for one in before.changes] == [
        (first.code, "not_assessed", "adapted")
    ]
    assert before.unchanged == 2
    assert told(several).history.predecessor is None


# Which supersedes which


def test_a_dossier_supersedes_only_one_of_its_scope(several):
    whole = issued(several, 1, language="en")
    summary = issued(several, 2, language="en", is_summary=True)
    newer = issued(several, 3, language="en", is_summary=True)

    assert set(wishing.alike(newer)) == {summary, newer}
    assert set(wishing.alike(whole)) == {whole}


def test_the_order_in_which_phases_are_ticked_does_not_matter(several):
    one = ask(several, phases=("development", "design"), stakeholder="manufacturer")

    assert one.phases == "design,development"
    assert one.extent.phases == ("design", "development")
    assert not one.extent.is_whole


def test_two_of_one_scope_are_not_made_at_once(several):
    ask(several, is_summary=True)
    ask(several)

    with pytest.raises(wishing.DossierRefused, match="being made"):
        ask(several, is_summary=True)


def test_a_dossier_of_nothing_is_refused(several):
    with pytest.raises(wishing.DossierRefused, match="Nothing of this assessment"):
        ask(several, phases=("development",), stakeholder="patient")
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"phases": "development,design"},
        {"phases": "design,"},
        {"phases": "design,development,commissioning,post_market,end_of_life"},
        {"phases": "tea"},
        {"stakeholder": "nobody"},
    ],
)
def test_a_scope_is_written_in_one_way_only(several, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        issued(several, **fields)


# Pages


def test_the_choice_is_kept_and_told(client, manager, assessment, queued):
    response = client.post(
        url(assessment, "assessment-issue"),
        {"language": "en", "form": "summary", "phases": ["design"], "without": ["remarks"]},
    )

    dossier = Dossier.objects.get()
    assert response.headers["Location"] == url(dossier, "dossier-detail")
    assert dossier.extent == Extent(phases=("design",), is_summary=True, with_remarks=False)
    said = AuditEvent.objects.get(verb="dossier.request").data
    assert said == {
        "number": dossier.number,
        "language": "en",
        "phases": "design",
        "is_summary": True,
        "with_remarks": False,
        "frameworks": [],
        "with_evidence": False,
        "changes_since": None,
    }


def test_a_whole_dossier_needs_nothing_but_its_language(client, manager, assessment, queued):
    client.post(url(assessment, "assessment-issue"), {"language": "fr"})

    assert Dossier.objects.get().extent.is_whole


def test_what_it_will_say_is_shown_before(client, manager, several):
    MembershipFactory(organisation=several.organisation, user=manager, role=Role.MANAGER)
    page = client.get(
        url(several, "assessment-issue"),
        {"phases": "design"},
        headers={"hx-request": "true", "hx-target": "told"},
    ).content.decode()

    assert page.lstrip().startswith("<section")
    assert "2 of the 3 recommendations" in page


@pytest.mark.parametrize(("sent", "status"), [({"language": "xx"}, 422), ({"show": "1"}, 422)])
def test_a_wrong_choice_is_refused(client, manager, assessment, sent, status):
    assert client.post(url(assessment, "assessment-issue"), sent).status_code == status
    assert not Dossier.objects.exists()


def test_a_preview_issues_nothing(client, manager, assessment):
    asked = {"language": "en", "form": "summary", "preview": "1"}
    to = client.post(url(assessment, "assessment-issue"), asked).headers["Location"]
    page = client.get(to).content.decode()

    assert "csrf" not in to
    assert "form=summary" in to
    assert "preview, not issued" in page
    assert "Summary of the cybersecurity dossier" in page
    assert not Dossier.objects.exists()


def read(client, dossier, chapter="residual"):
    slug = dossier.organisation.slug
    return client.get(reverse("assessments:dossier-read", args=[slug, dossier.pk, chapter]))


def test_an_auditor_reads_what_was_issued_and_no_preview(client, auditor, assessment):
    dossier = issued(assessment, snapshot=RECORD, snapshot_sha256=DIGEST)
    page = read(client, dossier).content.decode()
    slug = assessment.organisation.slug
    draft = reverse("assessments:assessment-preview", args=[slug, assessment.pk, "summary"])

    assert "ANSM-CON-02" in page
    assert f"/dossiers/{dossier.pk}/read/phase-design/#r-ANSM-CON-02" in page
    assert "style=" not in page
    assert read(client, dossier, "nothing").status_code == 404
    assert client.get(draft).status_code == 403


def test_an_older_record_has_no_pages_and_says_why(client, manager, assessment):
    dossier = issued(assessment, snapshot="{}")
    response = read(client, dossier)

    assert response.status_code == 409
    assert "earlier edition" in response.content.decode()


def test_pages_name_the_scope(client, manager, assessment):
    dossier = issued(
        assessment, phases="design", stakeholder="user", snapshot=RECORD, with_history=False
    )
    detail = client.get(url(dossier, "dossier-detail")).content.decode()
    slug = [assessment.organisation.slug]
    listed = client.get(reverse("assessments:dossier-list", args=slug)).content.decode()

    for page in (detail, listed):
        assert '<span class="chip">Design</span>' in page
        assert '<span class="chip">user</span>' in page
        assert '<span class="chip">without history</span>' in page


def test_characters_that_the_pdf_could_not_draw_are_told(client, manager, assessment):
    strange = to_canonical_json(samples.snapshot(requested_by="Zoé \U0001f680")).decode()
    page = client.get(url(issued(assessment, snapshot=strange), "dossier-detail"))

    assert "[U+1F680] ROCKET" in page.content.decode()
