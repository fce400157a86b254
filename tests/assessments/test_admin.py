"""The admin: drafts of the catalogue are edited, everything else is only shown."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ansm_portal.admin import ReadOnlyAdmin
from ansm_portal.tenancy import OrganisationOwned
from assessments.catalogue.edition import Edition, digest
from assessments.catalogue.schema import parse
from assessments.models import (
    Catalogue,
    CatalogueEvent,
    CommonControl,
    Dossier,
    Evidence,
    Framework,
    Mapping,
    Recommendation,
    Requirement,
    Section,
    Source,
)
from assessments.services.catalogue import load
from assessments.services.evidence import cite
from tests.assessments.catalogue.conftest import changed
from tests.factories import AssessmentFactory, EvidenceFactory, UserFactory

pytestmark = pytest.mark.django_db

OF_THE_CATALOGUE = (Catalogue, Section, Recommendation, Source)
OF_THE_CROSSWALK = (Framework, Requirement, CommonControl, Mapping)
SEEN = {*OF_THE_CATALOGUE, *OF_THE_CROSSWALK, CatalogueEvent}
REGISTERED = [model for model in apps.get_models() if admin.site.is_registered(model)]
OWNED = [model for model in REGISTERED if issubclass(model, OrganisationOwned)]


@pytest.fixture
def published():
    return load(parse(changed())).catalogue


@pytest.fixture
def draft():
    return load(parse(changed(("'1.0'", "'2.0'"))), publish=False).catalogue


@pytest.fixture
def administrator(client):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Catalogue administrators"))
    client.force_login(user)
    return client


def address(row, page="change"):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}"
    return reverse(name, args=[row.pk] if page != "changelist" else [])


def rows_of(catalogue):
    return [
        catalogue,
        catalogue.sections.first(),
        catalogue.recommendations.first(),
        catalogue.sources.first(),
    ]


def form_of(response):
    """Return what a browser would send back from the form of an admin page."""
    form = response.context["adminform"].form
    data = {}
    for field in form:
        value = field.value()
        data[field.html_name] = "" if value is None else field.field.prepare_value(value)
    for inline in response.context["inline_admin_formsets"]:
        for part in [inline.formset.management_form, *inline.formset.forms]:
            for field in part:
                value = field.value()
                data[field.html_name] = "" if value is None else field.field.prepare_value(value)
    return data


@pytest.mark.parametrize("index", range(4))
def test_rows_of_a_published_edition_are_only_shown(administrator, published, index):
    row = rows_of(published)[index]

    shown = administrator.get(address(row))

    assert shown.status_code == 200
    assert b'name="_save"' not in shown.content
    assert not re.search(rb'<textarea|<select|<input type="(text|number|checkbox)', shown.content)
    assert administrator.post(address(row), {"title_fr": "x"}).status_code == 403
    assert administrator.post(address(row, "delete"), {"post": "yes"}).status_code == 403
    assert digest(Edition.of(published).content()) == published.content_sha256


@pytest.mark.parametrize("model", OF_THE_CATALOGUE)
def test_the_list_offers_no_action_that_would_delete(administrator, published, draft, model):
    chosen = {"action": "delete_selected", "_selected_action": [model.objects.first().pk]}
    before = model.objects.count()

    administrator.post(reverse(f"admin:assessments_{model._meta.model_name}_changelist"), chosen)

    assert model.objects.count() == before


def test_nothing_is_added_to_a_published_edition(administrator, published, draft):
    page = administrator.get(reverse("admin:assessments_section_add"))
    data = form_of(page) | {
        "catalogue": published.pk,
        "key": "NEW",
        "phase": "design",
        "position": 9,
        "title_fr": "a",
        "title_en": "b",
        "title_status": "inferred",
    }

    refused = administrator.post(reverse("admin:assessments_section_add"), data)
    taken = administrator.post(
        reverse("admin:assessments_section_add"), data | {"catalogue": draft.pk}
    )

    assert refused.status_code == 200
    assert "catalogue" in refused.context["adminform"].form.errors
    assert taken.status_code == 302
    assert [s.catalogue for s in Section.objects.filter(key="NEW")] == [draft]


def test_a_recommendation_of_a_draft_is_edited_as_people_write(administrator, draft):
    row = draft.recommendations.get(code="R-1")
    page = administrator.get(address(row))
    data = form_of(page) | {
        "statement_fr": "Le fabricant analyse tous les risques.",
        "expected_evidence_fr": "Dossier\n\n  Matrice \n",
        "expected_evidence_en": "File\nMatrix",
        "stakeholders": ["manufacturer", "patient"],
    }

    saved = administrator.post(address(row), data)

    assert saved.status_code == 302, saved.context["adminform"].form.errors
    row.refresh_from_db()
    assert row.statement_fr == "Le fabricant analyse tous les risques."
    assert row.expected_evidence_fr == ["Dossier", "Matrice"]
    assert row.stakeholders == ["manufacturer", "patient"]
    assert row.applies_when == ["all"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stakeholders": ["astronaut"]}, "stakeholders"),
        ({"stakeholders": []}, "stakeholders"),
        ({"expected_evidence_en": "One\nTwo"}, "expected_evidence_en"),
        ({"statement_en": " "}, "statement_en"),
        ({"code": "R-2"}, "code"),
        ({"section": "00000000-0000-0000-0000-000000000000"}, "section"),
    ],
)
def test_a_draft_takes_nothing_that_could_not_be_published(administrator, draft, change, field):
    row = draft.recommendations.get(code="R-1")

    response = administrator.post(address(row), form_of(administrator.get(address(row))) | change)

    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors


def test_the_page_of_an_edition_edits_its_sections(administrator, draft):
    page = administrator.get(address(draft))
    data = form_of(page) | {"sections-0-title_fr": "Dispositions générales"}

    saved = administrator.post(address(draft), data)

    assert saved.status_code == 302
    assert draft.sections.get(key="CON-A").title_fr == "Dispositions générales"
    assert draft.sections.get(key="CON-A").source_keys == ["S1"]


def test_a_draft_is_deleted_with_all_its_rows(administrator, draft, published):
    assert administrator.post(address(draft, "delete"), {"post": "yes"}).status_code == 302

    assert list(Catalogue.objects.all()) == [published]
    assert Recommendation.objects.exclude(catalogue=published).count() == 0


def publish(client, *catalogues, **more):
    chosen = {"action": "publish", "_selected_action": [c.pk for c in catalogues]}
    return client.post(reverse("admin:assessments_catalogue_changelist"), chosen | more)


def test_a_draft_is_published_after_a_page_that_says_what_that_means(administrator, draft):
    asked = publish(administrator, draft)
    draft.refresh_from_db()
    assert (asked.status_code, draft.state) == (200, "draft")

    publish(administrator, draft, confirmed="Publish")

    draft.refresh_from_db()
    assert draft.state == "published"
    assert draft.content_sha256 == digest(Edition.of(draft).content())


def test_a_draft_that_lacks_something_stays_one_and_the_page_says_why(administrator, draft):
    draft.recommendations.update(rationale_en="")

    publish(administrator, draft, confirmed="Publish")

    page = administrator.get(reverse("admin:assessments_catalogue_changelist"))
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert "R-1 Analyse the risks, rationale (English)" in page.content.decode()


def test_publishing_again_changes_nothing(administrator, published):
    before = published.published_at

    publish(administrator, published, confirmed="Publish")

    published.refresh_from_db()
    assert published.published_at == before


def test_somebody_who_may_only_look_is_offered_no_publication(client, draft):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(
        Group.objects.get(name="Catalogue administrators").permissions.get(
            codename="view_catalogue"
        )
    )
    client.force_login(user)

    publish(client, draft, confirmed="Publish")

    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_catalogue_administrator_reaches_the_catalogue_and_nothing_else(administrator):
    reached = {
        model
        for model in REGISTERED
        if administrator.get(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        ).status_code
        == 200
    }

    assert reached == SEEN


def test_every_row_of_an_organisation_is_read_only_in_the_admin():
    assert {Evidence, Dossier} <= set(OWNED)
    for model in OWNED:
        assert isinstance(admin.site.get_model_admin(model), ReadOnlyAdmin), model


@pytest.mark.parametrize("model", OWNED)
def test_a_superuser_looks_at_rows_and_changes_none(client, model):
    assessment = AssessmentFactory()
    evidence = EvidenceFactory(organisation=assessment.organisation, added_by=assessment.started_by)
    cite(assessment.answers.first().pk, evidence=evidence, actor=assessment.started_by)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    assert client.get(reverse(f"{name}_changelist"), {"q": "x"}).status_code == 200
    assert client.get(reverse(f"{name}_add")).status_code == 403
    row = model._default_manager.first()
    if row is not None:
        shown = client.get(address(row))
        assert shown.status_code == 200
        assert str(row.organisation) in shown.content.decode()
        assert client.post(address(row), {}).status_code == 403
        assert client.post(address(row, "delete"), {"post": "yes"}).status_code == 403


def test_the_page_of_evidence_shows_its_digest(client):
    evidence = EvidenceFactory(
        organisation=AssessmentFactory().organisation,
        kind="file",
        reference="",
        file="evidence/x",
        sha256="ab" * 32,
        size_bytes=7,
    )
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert b"ab" * 32 in client.get(address(evidence)).content


@pytest.mark.parametrize(
    "name", [model._meta.model_name for model in (Recommendation, Catalogue, Section)]
)
def test_pages_of_the_admin_have_nothing_inline(administrator, draft, published, name):
    pages = [
        reverse("admin:index"),
        reverse(f"admin:assessments_{name}_changelist"),
        reverse(f"admin:assessments_{name}_add"),
    ]
    for page in pages:
        html = administrator.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", html), page
        assert not re.search(r"<[^>]+\s(on\w+|style)=", html), page


@pytest.mark.parametrize("query", ["?q=risks", "?phase=design", "?provenance_status=inferred"])
def test_recommendations_are_found_by_words_phase_and_provenance(administrator, draft, query):
    page = administrator.get(reverse("admin:assessments_recommendation_changelist") + query)

    assert len(page.context["cl"].result_list) == 1


def test_the_list_of_recommendations_needs_no_more_queries_for_more_rows(administrator, draft):
    url = reverse("admin:assessments_recommendation_changelist")
    counts = []
    for edition in ("3.0", "4.0"):
        load(parse(changed(("'1.0'", f"'{edition}'"))))
        with CaptureQueriesContext(connection) as queries:
            administrator.get(url)
        counts.append(len(queries))

    assert counts[0] == counts[1]
