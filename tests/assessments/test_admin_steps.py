"""The steps of a draft in the admin: each goes through a service and leaves its event."""

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.admin.base import address
from assessments.models import Catalogue, CatalogueEvent, Recommendation, Section
from assessments.services import catalogue_journal
from assessments.services.editions import start_draft
from tests.assessments.test_admin import form_of
from tests.factories import CatalogueFactory, UserFactory
from tests.kept import kept

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_draft(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        yield start_draft(
            CatalogueFactory(sizes={"design": 3, "end_of_life": 2}), edition="2", actor=None
        )


@pytest.fixture
def draft(db, kept_draft):
    return Catalogue.objects.get(pk=kept_draft.pk)


@pytest.fixture
def person():
    user = UserFactory(is_staff=True, language="en")
    user.groups.add(Group.objects.get(name="Catalogue administrators"))
    return user


@pytest.fixture
def administrator(client, person):
    client.force_login(person)
    return client


def told():
    return [(event.verb, event.code) for event in CatalogueEvent.objects.order_by("-sequence")[:1]]


def entry(draft, code):
    return draft.recommendations.select_related("section", "catalogue").get(code=code)


def codes(draft, phase=None):
    rows = draft.recommendations.order_by("position")
    return list((rows.filter(phase=phase) if phase else rows).values_list("code", flat=True))


def test_a_draft_is_started_from_a_published_edition(administrator, draft, person):
    older = draft.based_on
    page = administrator.get(address(older))
    assert address(older, "draft") in page.content.decode()

    refused = administrator.post(address(older, "draft"), {"edition": "2"})
    begun = administrator.post(address(older, "draft"), {"edition": "3"})

    assert refused.status_code == 422
    assert "There is an edition 2" in refused.content.decode()
    made = Catalogue.objects.get(edition="3")
    assert begun.url == address(made)
    assert made.based_on == older
    assert CatalogueEvent.objects.latest("sequence").actor == person


def test_editing_an_entry_is_told_with_what_changed(administrator, draft, person):
    row = entry(draft, "REC-001")
    before = row.statement_fr
    data = form_of(administrator.get(address(row))) | {"statement_fr": "Le fabricant vérifie."}

    saved = administrator.post(address(row), data)

    assert saved.status_code == 302
    event = CatalogueEvent.objects.latest("sequence")
    assert (event.verb, event.code, event.actor) == ("entry.edit", "REC-001", person)
    assert event.data["changes"] == {"statement_fr": [before, "Le fabricant vérifie."]}
    assert draft.successions.get(successor=row).kind == "reworded"
    history = administrator.get(address(row, "history")).content.decode()
    assert "Entry changed" in history
    assert "<ins>vérifie.</ins>" in history
    assert catalogue_journal.verify().is_intact


def test_saving_without_a_change_tells_nothing(administrator, draft):
    row = entry(draft, "REC-001")
    before = CatalogueEvent.objects.count()

    administrator.post(address(row), form_of(administrator.get(address(row))))

    assert CatalogueEvent.objects.count() == before


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(administrator, draft):
    row = draft.recommendations.order_by("position").first()
    data = form_of(administrator.get(address(row)))
    administrator.post(address(row), data | {"title_en": "Of the first"})

    page = administrator.post(address(row), data | {"rationale_en": "Of the second"})

    row.refresh_from_db()
    assert row.title_en == "Of the first"
    assert "Somebody changed this entry meanwhile" in page.content.decode()
    assert "Of the second" in page.content.decode()


def test_an_entry_changes_its_place_and_its_section(administrator, draft):
    row = entry(draft, "REC-003")
    data = form_of(administrator.get(address(row))) | {"place": 1}
    assert administrator.post(address(row), data).status_code == 302
    assert codes(draft, "design") == ["REC-003", "REC-001", "REC-002"]

    last = draft.sections.get(phase="end_of_life")
    data = form_of(administrator.get(address(row))) | {"section": last.pk, "place": 2}
    assert administrator.post(address(row), data).status_code == 302

    assert codes(draft, "end_of_life") == ["REC-004", "REC-003", "REC-005"]
    assert draft.successions.get(successor=row).kind == "moved"


def test_an_entry_is_added_where_it_is_wanted(administrator, draft):
    section = draft.sections.get(phase="design")
    like = form_of(administrator.get(address(entry(draft, "REC-001"))))
    data = like | {"code": "REC-9", "section": section.pk, "place": 2}
    del data["follows"]

    added = administrator.post(reverse("admin:assessments_recommendation_add"), data)

    assert added.status_code == 302, added.context["adminform"].form.errors
    assert codes(draft, "design") == ["REC-001", "REC-9", "REC-002", "REC-003"]
    assert told() == [("entry.add", "REC-9")]


def test_what_an_entry_follows_is_said_outright(administrator, draft):
    row = entry(draft, "REC-001")
    older = draft.based_on.recommendations.filter(code__in=["REC-001", "REC-002"])
    data = form_of(administrator.get(address(row))) | {"follows": [one.pk for one in older]}

    assert administrator.post(address(row), data).status_code == 302

    followed = row.predecessions.values_list("predecessor__code", flat=True)
    assert sorted(followed) == ["REC-001", "REC-002"]
    assert told() == [("entry.follow", "REC-001")]


def test_an_entry_read_in_the_official_text_is_verified_and_the_next_one_comes(
    administrator, draft, person
):
    row = entry(draft, "REC-001")
    page = administrator.get(address(row, "confirm"))
    data = form_of_step(page) | {"number": "4.1", "page": "17", "on": "2026-11-02"}

    done = administrator.post(address(row, "confirm"), data)

    assert done.url == address(entry(draft, "REC-002"), "confirm")
    row.refresh_from_db()
    assert (row.official_number, row.official_page) == ("4.1", 17)
    assert (row.provenance_status, row.confirmed_as) == ("verified", "as_is")
    assert row.confirmed_by == str(person)
    assert "1 of 5 entries are read" in administrator.get(done.url).content.decode()


def test_what_differs_from_the_official_text_is_corrected_on_the_way(administrator, draft):
    row = entry(draft, "REC-002")
    data = form_of_step(administrator.get(address(row, "confirm")))
    data |= {"number": "4.2", "title_en": "As the text says", "on": "2026-11-02"}

    administrator.post(address(row, "confirm"), data)

    row.refresh_from_db()
    assert (row.title_en, row.confirmed_as) == ("As the text says", "corrected")


def test_nothing_is_confirmed_without_a_place_in_the_text_and_what_was_typed_stays(
    administrator, draft
):
    row = entry(draft, "REC-001")
    data = form_of_step(administrator.get(address(row, "confirm")))
    data |= {"number": "", "page": "", "title_en": "Typed", "on": "2026-11-02"}

    refused = administrator.post(address(row, "confirm"), data)

    assert refused.status_code == 422
    assert "Give the number or the page" in refused.content.decode()
    assert 'value="Typed"' in refused.content.decode()
    row.refresh_from_db()
    assert row.confirmed_as == ""


def parts(administrator, row, **changes):
    formset = administrator.get(address(row, "split")).context["parts"]
    data = {
        "form-TOTAL_FORMS": 2,
        "form-INITIAL_FORMS": 2,
        "form-MIN_NUM_FORMS": 2,
        "form-MAX_NUM_FORMS": 9,
    }
    for form in formset:
        data |= {field.html_name: field.value() for field in form}
    return data | changes


def test_an_entry_is_split(administrator, draft):
    row = entry(draft, "REC-002")
    data = parts(administrator, row, **{"form-0-title_en": "First", "form-1-title_en": "Then"})

    done = administrator.post(address(row, "split"), data)

    assert done.status_code == 302
    assert codes(draft, "design") == ["REC-001", "REC-002A", "REC-002B", "REC-003"]
    assert set(draft.successions.filter(predecessor__code="REC-002").values_list("kind")) == {
        ("split",)
    }


def test_a_part_with_the_code_of_another_entry_is_refused_with_the_reason(administrator, draft):
    row = entry(draft, "REC-002")
    data = parts(administrator, row, **{"form-0-code": "REC-001"})

    refused = administrator.post(address(row, "split"), data)

    assert refused.status_code == 422
    assert "an entry of that code already" in refused.content.decode()
    assert codes(draft, "design") == ["REC-001", "REC-002", "REC-003"]


def test_one_part_more_is_offered_with_what_was_typed(administrator, draft):
    row = entry(draft, "REC-002")
    data = parts(administrator, row, more="1", **{"form-1-title_en": "Typed"})

    page = administrator.post(address(row, "split"), data)

    assert len(page.context["parts"].forms) == 3
    assert 'value="Typed"' in page.content.decode()


def test_entries_are_merged_from_the_list(administrator, draft):
    chosen = [entry(draft, "REC-001"), entry(draft, "REC-003")]
    sent = administrator.post(
        reverse("admin:assessments_recommendation_changelist"),
        {"action": "merge", "_selected_action": [row.pk for row in chosen]},
    )
    page = administrator.get(sent.url)
    data = form_of_step(page) | {"title_en": "Both"}
    assert chosen[0].statement_en in data["statement_en"]

    done = administrator.post(sent.url, data)

    assert done.status_code == 302
    assert codes(draft, "design") == ["REC-001", "REC-002"]
    merged = entry(draft, "REC-001")
    assert merged.title_en == "Both"
    assert sorted(merged.predecessions.values_list("kind", flat=True)) == ["merged", "merged"]


@pytest.mark.parametrize("which", ["one", "published"])
def test_what_cannot_be_merged_is_said(administrator, draft, which):
    rows = {
        "one": draft.recommendations.all()[:1],
        "published": draft.based_on.recommendations.all()[:2],
    }[which]
    sent = administrator.post(
        reverse("admin:assessments_recommendation_changelist"),
        {"action": "merge", "_selected_action": [row.pk for row in rows]},
        follow=True,
    )

    sentence = "Choose two or more" if which == "one" else "never changes"
    assert sentence in sent.content.decode()


def test_an_entry_is_retired_with_its_reasons_and_brought_back(administrator, draft):
    row = entry(draft, "REC-002")
    assert administrator.post(address(row, "retire"), {"reason_fr": "x"}).status_code == 422

    gone = administrator.post(
        address(row, "retire"), {"reason_fr": "N’a plus cours.", "reason_en": "Out of date."}
    )
    assert codes(draft, "design") == ["REC-001", "REC-003"]
    assert "Out of date." in administrator.get(gone.url).content.decode()

    administrator.post(gone.url, {"retirement": str(draft.retirements.get().pk)})

    assert codes(draft, "design") == ["REC-001", "REC-003", "REC-002"]
    assert told() == [("entry.bring_back", "REC-002")]


def order_form(draft):
    rows = list(draft.recommendations.select_related("section").order_by("position"))
    data = {f"section-{s.key}": n for n, s in enumerate(draft.sections.order_by("position"), 1)}
    for n, row in enumerate(rows, 1):
        data |= {f"place-{row.pk}": n, f"in-{row.pk}": row.section.key}
    return data


def test_the_order_of_entries_and_sections_is_kept(administrator, draft):
    first, last = draft.sections.order_by("position")
    data = order_form(draft)
    data[f"place-{entry(draft, 'REC-003').pk}"] = 0
    data[f"in-{entry(draft, 'REC-001').pk}"] = last.key
    data[f"section-{last.key}"] = 0

    assert administrator.post(address(draft, "order"), data).status_code == 302

    assert codes(draft, "design") == ["REC-003", "REC-002"]
    assert codes(draft, "end_of_life") == ["REC-001", "REC-004", "REC-005"]
    assert [section.key for section in draft.sections.order_by("position")] == [last.key, first.key]


@pytest.mark.parametrize("broken", ["a number", "a section"])
def test_an_order_that_misses_something_changes_nothing(administrator, draft, broken):
    data = order_form(draft)
    row = entry(draft, "REC-001")
    if broken == "a number":
        data[f"place-{row.pk}"] = "first"
    else:
        del data[f"in-{row.pk}"]
    before = codes(draft)

    assert administrator.post(address(draft, "order"), data).status_code == 409

    assert codes(draft) == before


def test_a_draft_is_published_from_its_page_which_says_first_what_is_missing(administrator, draft):
    Recommendation.objects.filter(catalogue=draft, code="REC-001").update(title_fr="")
    assert "title (French)" in administrator.get(address(draft, "publish")).content.decode()
    Recommendation.objects.filter(catalogue=draft, code="REC-001").update(title_fr="Titre")
    assert "Publish for good" in administrator.get(address(draft, "publish")).content.decode()

    administrator.post(address(draft, "publish"))

    draft.refresh_from_db()
    assert draft.state == "published"


def test_a_published_edition_is_retired_for_another(administrator, draft):
    older = draft.based_on
    administrator.post(address(draft, "publish"))

    administrator.post(address(older, "retire"), {"succeeded_by": draft.pk})

    older.refresh_from_db()
    assert (older.state, older.succeeded_by) == ("retired", draft)


def test_sections_and_sources_change_with_their_events(administrator, draft):
    section = draft.sections.order_by("position").first()
    data = form_of(administrator.get(address(section))) | {"title_en": "Elsewhere"}
    assert administrator.post(address(section), data).status_code == 302
    assert told() == [("section.edit", "")]
    source = {"catalogue": draft.pk, "key": "S9", "title": "A guide", "url": ""}
    assert administrator.post(reverse("admin:assessments_source_add"), source).status_code == 302
    assert told() == [("source.add", "")]
    section.refresh_from_db()
    assert section.title_en == "Elsewhere"
    assert Section.objects.get(pk=section.pk).catalogue == draft


def test_a_draft_goes_with_its_event(administrator, draft):
    assert administrator.post(address(draft, "delete"), {"post": "yes"}).status_code == 302

    assert told() == [("catalogue.remove", "")]


@pytest.mark.parametrize("step", ["confirm", "split", "retire"])
def test_no_step_is_taken_in_a_published_edition(administrator, draft, step):
    row = draft.based_on.recommendations.first()

    assert administrator.get(address(row, step)).status_code == 403
    assert administrator.post(address(row, step), {}).status_code == 403


def test_an_entry_is_shown_as_it_will_look_in_both_languages(administrator, draft):
    row = entry(draft, "REC-001")

    page = administrator.get(address(row, "preview")).content.decode()

    assert page.count(row.statement_fr) == 2
    assert page.count(row.statement_en) == 2
    assert "Statut de la source" in page or "Provenance" in page


def test_entries_without_a_translation_are_marked_and_found(administrator, draft):
    Recommendation.objects.filter(catalogue=draft, code="REC-002").update(statement_fr="")
    page = administrator.get(
        reverse("admin:assessments_recommendation_changelist"),
        {"translation": "fr", "catalogue__id__exact": draft.pk},
    )

    assert [row.code for row in page.context["cl"].result_list] == ["REC-002"]
    assert '<td class="field-missing">French</td>' in page.content.decode()


def test_pages_of_steps_have_nothing_inline_and_ask_no_more_for_more_rows(administrator, draft):
    row = entry(draft, "REC-001")
    addresses = [
        *(address(row, step) for step in ("confirm", "split", "retire", "preview", "history")),
        *(address(draft, step) for step in ("order", "succession", "publish", "history")),
        address(draft.based_on, "draft"),
        reverse("admin:assessments_catalogueevent_changelist"),
    ]
    counts = []
    for _each in range(2):
        asked = []
        for url in addresses:
            with CaptureQueriesContext(connection) as queries:
                html = administrator.get(url).content.decode()
            asked.append(len(queries))
            assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", html), url
            assert not re.search(r"<[^>]+\s(on\w+|style)=", html), url
        counts.append(asked)
        like = form_of(administrator.get(address(row)))
        for number in "78":
            data = like | {"code": f"N-{number}", "place": ""}
            del data["follows"]
            administrator.post(reverse("admin:assessments_recommendation_add"), data)

    assert counts[0] == counts[1]


def form_of_step(response):
    form = response.context["form"]
    data = {}
    for field in form:
        value = field.value()
        data[field.html_name] = "" if value is None else field.field.prepare_value(value)
    return data
