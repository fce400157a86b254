"""Requirements of an organisation's own: written, published, answered beside the ANSM's."""

import pytest
from django.urls import reverse

from ansm_portal.audit.models import AuditEvent
from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from ansm_portal.tenancy import scoped_to
from assessments.dossier.own_builder import own_answers, own_requirements
from assessments.extent import Extent
from assessments.models import Assessment, Catalogue, CatalogueEvent
from assessments.services.assessment import start
from assessments.services.dossier import request_dossier
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

pytestmark = pytest.mark.django_db

REQUIREMENT = {
    "code": "OWN-1",
    "title_fr": "Relire le code",
    "title_en": "Review the code",
    "statement_fr": "Le code est relu.",
    "statement_en": "Code is reviewed.",
    "rationale_fr": "Pour voir.",
    "rationale_en": "To see.",
    "expected_evidence_fr": "Compte rendu",
    "expected_evidence_en": "Minutes",
    "stakeholders": ["manufacturer"],
    "criteria": ["integrity"],
    "applies_when": ["all"],
}


@pytest.fixture
def assessment():
    return AssessmentFactory()


@pytest.fixture
def manager(client, assessment):
    user = MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER).user
    client.force_login(user)
    return client


def post(client, name, organisation, *args, **data):
    return client.post(reverse(f"assessments:{name}", args=[organisation.slug, *args]), data)


@pytest.fixture
def own(manager, assessment):
    """Requirements written and published by the pages."""
    organisation = assessment.organisation
    post(
        manager,
        "requirements-add",
        organisation,
        key="OWN",
        edition="1",
        title_fr="À nous",
        title_en="Ours",
    )
    draft = Catalogue.objects.get(owner=organisation)
    section = draft.sections.get(phase="development")
    assert (
        post(
            manager, "own-add", organisation, draft.pk, section=section.pk, **REQUIREMENT
        ).status_code
        == 302
    )
    assert post(manager, "own-publish", organisation, draft.pk).status_code == 302
    draft.refresh_from_db()
    return draft


def test_they_are_answered_beside_and_counted_apart(manager, assessment, own):
    before = [row.applicable for row in assessment.phase_reviews.order_by("position")]

    response = post(
        manager, "assessment-own", assessment.organisation, assessment.pk, catalogue=own.pk
    )

    beside = Assessment.objects.get(beside=assessment)
    assert response["Location"].endswith(f"{beside.pk}/")
    assert [answer.code for answer in beside.answers.all()] == ["OWN-1"]
    assert [row.applicable for row in assessment.phase_reviews.order_by("position")] == before
    assessment.refresh_from_db()
    assert (assessment.is_current, beside.is_current) == (True, False)
    [printed] = own_requirements(own_answers(assessment, Extent()))
    assert [each.code for each in printed.requirements] == ["OWN-1"]
    with pytest.raises(PortalError):
        request_dossier(beside, language="fr", actor=beside.started_by)


def test_their_history_is_in_the_journal_of_the_organisation_alone(own):
    verbs = AuditEvent.objects.filter(organisation=own.owner).values_list("verb", flat=True)

    assert {"catalogue.create", "entry.add", "catalogue.publish"} <= set(verbs)
    assert not CatalogueEvent.objects.exists()


def test_nobody_else_sees_or_uses_them(client, own):
    stranger = MembershipFactory(role=Role.MANAGER)
    entry = own.recommendations.get()
    client.force_login(stranger.user)

    for name, pk in (("own-detail", own.pk), ("requirement-change", entry.pk)):
        address = reverse(f"assessments:{name}", args=[stranger.organisation.slug, pk])
        assert client.get(address).status_code == 404
    with scoped_to([stranger.organisation_id]):
        assert not Catalogue.objects.filter(pk=own.pk).exists()
    with scoped_to([own.owner_id]):
        assert Catalogue.objects.filter(pk=own.pk).exists()


def test_they_are_no_edition_to_assess_a_version_by(assessment, own):
    with pytest.raises(PortalError, match="beside"):
        start(assessment.version, catalogue=own, actor=assessment.started_by)
    with pytest.raises(PortalError, match="Only requirements"):
        start(
            assessment.version,
            catalogue=CatalogueFactory(),
            actor=assessment.started_by,
            beside=assessment,
        )


def test_what_is_wrong_stays_in_the_form_with_a_sentence(manager, assessment, own):
    organisation = assessment.organisation
    post(manager, "own-next", organisation, own.pk, edition="2")
    draft = Catalogue.objects.get(owner=organisation, edition="2")
    section = draft.sections.first()

    response = post(manager, "own-add", organisation, draft.pk, section=section.pk, **REQUIREMENT)

    assert response.status_code == 422
    assert "Le code est relu." in response.content.decode()
    retired = post(
        manager, "requirement-retire", organisation, draft.recommendations.get().pk, reason_fr="Non"
    )
    assert retired.status_code == 409


def test_an_assessor_reads_them_only(client, assessment, own):
    client.force_login(assessment.started_by)
    slug = assessment.organisation.slug

    assert client.get(reverse("assessments:own-detail", args=[slug, own.pk])).status_code == 200
    assert post(client, "own-next", assessment.organisation, own.pk, edition="2").status_code == 403


@pytest.fixture
def draft(manager, own):
    """The edition after the one that was published."""
    post(manager, "own-next", own.owner, own.pk, edition="2")
    return Catalogue.objects.get(owner=own.owner, edition="2")


def shown(client, entry):
    """Return what the form of a requirement shows, as it would be sent."""
    address = reverse("assessments:requirement-change", args=[entry.catalogue.owner.slug, entry.pk])
    return dict(client.get(address).context["form"].initial)


def change(client, entry, **sent):
    lists = {name: "\n".join(sent[name]) for name in sent if name.startswith("expected")}
    return post(client, "requirement-change", entry.catalogue.owner, entry.pk, **(sent | lists))


def test_a_requirement_is_changed_and_put_elsewhere_in_one_step(manager, draft):
    entry = draft.recommendations.get()
    elsewhere = draft.sections.get(phase="post_market")

    response = change(
        manager,
        entry,
        **shown(manager, entry) | {"title_en": "Review each change", "section": elsewhere.pk},
    )

    entry.refresh_from_db()
    assert response["Location"].endswith(f"{draft.pk}/")
    assert (entry.title_en, entry.section, entry.phase) == (
        "Review each change",
        elsewhere,
        "post_market",
    )


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(manager, draft):
    entry = draft.recommendations.get()
    read = shown(manager, entry)
    change(manager, entry, **read | {"title_en": "Theirs"})

    response = change(manager, entry, **read | {"title_en": "Mine"})

    entry.refresh_from_db()
    assert response.status_code == 409
    assert "Somebody changed this entry meanwhile." in response.content.decode()
    assert 'value="Mine"' in response.content.decode()
    assert entry.title_en == "Theirs"


def test_texts_without_their_other_language_are_said_at_the_field(manager, draft):
    entry = draft.recommendations.get()

    response = change(
        manager, entry, **shown(manager, entry) | {"expected_evidence_en": ["One", "Two"]}
    )

    assert response.status_code == 422
    assert response.context["form"].errors.keys() <= {
        "expected_evidence_fr",
        "expected_evidence_en",
        "__all__",
    }


def test_a_published_requirement_never_changes(manager, own):
    entry = own.recommendations.get()

    response = change(manager, entry, **shown(manager, entry) | {"title_en": "Other"})

    entry.refresh_from_db()
    assert response.status_code == 409
    assert "never changes" in response.content.decode()
    assert entry.title_en == REQUIREMENT["title_en"]


def test_a_requirement_is_retired_with_its_reason_and_the_edition_published(manager, draft):
    entry = draft.recommendations.get()
    reason = {"reason_fr": "Remplacée.", "reason_en": "Replaced."}

    assert post(manager, "requirement-retire", draft.owner, entry.pk, **reason).status_code == 302
    refused = post(manager, "own-publish", draft.owner, draft.pk)

    assert draft.retirements.get().reason_en == "Replaced."
    assert refused.status_code == 409, "an edition without entries"
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_edition_follows_only_one_that_is_published_under_a_name_of_its_own(manager, own, draft):
    for of, name, status in ((own, "2", 409), (own, "", 422), (draft, "3", 409)):
        response = post(manager, "own-next", own.owner, of.pk, edition=name)
        assert (name, response.status_code) == (name, status)
        assert response.context["edition"] == of
    assert Catalogue.objects.filter(owner=own.owner).count() == 2


def test_what_differs_from_the_edition_before_is_shown_word_by_word(manager, own, draft):
    entry = draft.recommendations.get()
    change(manager, entry, **shown(manager, entry) | {"statement_en": "Code is reviewed twice."})
    post(manager, "own-publish", own.owner, draft.pk)

    address = reverse("assessments:own-compare", args=[own.owner.slug, draft.pk])
    page = manager.get(address, headers={"accept-language": "en"}).content.decode()

    assert "<ins>" in page
    assert "twice" in page


@pytest.mark.parametrize("chosen", ["", "00000000-0000-0000-0000-000000000000", "no id"])
def test_only_published_requirements_are_answered_beside(manager, assessment, own, chosen):
    response = post(
        manager, "assessment-own", assessment.organisation, assessment.pk, catalogue=chosen
    )

    assert response["Location"] == assessment.get_absolute_url()
    assert not Assessment.objects.filter(beside=assessment).exists()


def test_requirements_are_answered_beside_an_assessment_once(manager, assessment, own):
    for _time in range(2):
        post(manager, "assessment-own", assessment.organisation, assessment.pk, catalogue=own.pk)

    assert Assessment.objects.filter(beside=assessment).count() == 1


def test_whether_inferred_entries_are_left_out_is_chosen_for_all_and_for_one(manager, assessment):
    organisation = assessment.organisation

    post(manager, "requirements-inferred", organisation, leaves_out="yes")
    post(manager, "assessment-inferred", organisation, assessment.pk, leaves_out="yes")

    organisation.refresh_from_db()
    assessment.refresh_from_db()
    assert organisation.leaves_out_inferred
    assert assessment.leaves_out_inferred
    post(manager, "assessment-inferred", organisation, assessment.pk, leaves_out="no")
    assessment.refresh_from_db()
    assert not assessment.leaves_out_inferred
