"""The admin brings editions in from files: shown first, written once somebody confirms."""

import re

import pytest
import yaml
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.catalogue.edition import Edition
from assessments.catalogue.schema import parse
from assessments.catalogue.words import Aspect
from assessments.enums import CatalogueState
from assessments.models import Catalogue, CatalogueUpload
from assessments.services import edition_import
from assessments.services.catalogue import NotComplete, load, publish
from assessments.services.edition_export import export
from tests.assessments.catalogue.conftest import changed
from tests.assessments.catalogue.formats.test_foreign import catalog
from tests.assessments.catalogue.second import second_edition
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

UPLOAD = "admin:assessments_catalogue_import"
FOREIGN = {
    "key": "CONTROLS",
    "edition": "2.0",
    "issuer": "An institute",
    "published": "2024-05-06",
    "phase": "design",
    "phase-ac-inner": "development",
    "stakeholders": ["manufacturer"],
}


@pytest.fixture
def published():
    return load(parse(changed())).catalogue


@pytest.fixture
def administrator(client):
    user = UserFactory(is_staff=True, language="en")
    user.groups.add(Group.objects.get(name="Catalogue administrators"))
    client.force_login(user)
    return client


def send(client, content, name="edition.yaml"):
    return client.post(reverse(UPLOAD), {"file": SimpleUploadedFile(name, content)})


def test_a_file_of_ours_is_shown_then_made_a_draft(
    administrator, published, django_capture_on_commit_callbacks
):
    content = changed(("'1.0'", "'2.0'"), ("Le langage est choisi.", "Le langage est imposé."))

    sent = send(administrator, content)
    assert sent.status_code == 302
    given = CatalogueUpload.objects.get()
    page = administrator.get(sent["Location"])
    assert page.status_code == 200
    html = page.content.decode()
    assert "2 differences from SMALL 1.0" in html
    assert "<del>choisi.</del><ins>imposé.</ins>" in html
    assert Catalogue.objects.count() == 1

    chosen = {"key": "SMALL", "edition": "2.0", "confirmed": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        done = administrator.post(sent["Location"], chosen)

    draft = Catalogue.objects.get(edition="2.0")
    assert done["Location"] == reverse("admin:assessments_catalogue_change", args=[draft.pk])
    assert draft.state == CatalogueState.DRAFT
    assert draft.recommendations.get(code="R-2").statement_fr == "Le langage est imposé."
    assert given.sha256 in LogEntry.objects.get().change_message
    assert not CatalogueUpload.objects.exists()
    assert not default_storage.exists(given.file)


def test_another_name_can_be_given_before_it_is_written(administrator, published):
    look = send(administrator, changed())["Location"]

    refused = administrator.post(look, {"key": "SMALL", "edition": "1.0", "confirmed": "yes"})
    assert refused.status_code == 422
    assert "is here already, and says the same" in refused.content.decode()

    administrator.post(look, {"key": "SMALL", "edition": "1.1", "confirmed": "yes"})
    assert Catalogue.objects.get(edition="1.1").state == CatalogueState.DRAFT


def test_every_fault_is_told_at_once_and_nothing_is_kept(administrator):
    response = send(
        administrator,
        changed(("title_fr: Analyser les risques", "title_fr: 7"), ("id: R-2", "id: R-1")),
    )

    html = response.content.decode()
    assert response.status_code == 422
    assert "2 faults in this file" in html
    assert re.search(r"line \d+, R-1: title_fr: a text is expected", html)
    assert re.search(r"line \d+, R-1: id stands already in line \d+", html)
    assert not CatalogueUpload.objects.exists()


def test_faults_are_told_in_the_language_of_the_person(administrator):
    user = administrator.get(reverse(UPLOAD)).wsgi_request.user
    user.language = "fr"
    user.save()

    html = send(administrator, changed(("title_fr: Analyser les risques", "title_fr: 7"))).content

    assert b"1 anomalie dans ce fichier" in html
    assert b"un texte est attendu" in html


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0", "has a password"),
        (b"x: *y", "aliases are not allowed"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(administrator, content, said):
    response = send(administrator, content)

    assert response.status_code == 422
    assert said in response.content.decode()


def test_a_file_that_is_too_large_is_not_read(administrator, monkeypatch):
    monkeypatch.setattr(edition_import, "MAX_BYTES", 10)

    response = send(administrator, changed())

    assert response.status_code == 422
    assert "larger than" in response.content.decode()


def test_what_a_file_of_others_does_not_say_is_asked_and_gaps_stop_the_publication(administrator):
    look = send(administrator, catalog(), "controls.json")["Location"]
    first = administrator.get(look).content.decode()
    assert "Phases of 2 groups" in first
    assert "1 withdrawn control is left out: AC-2." in first

    again = administrator.post(look, FOREIGN)
    assert again.status_code == 200
    assert "gaps to fill before it can be published" in again.content.decode()
    assert not Catalogue.objects.exists()

    administrator.post(look, FOREIGN | {"confirmed": "yes"})
    draft = Catalogue.objects.get(key="CONTROLS", edition="2.0")
    phases = dict(draft.recommendations.values_list("code", "phase"))
    assert phases == {"AC-1": "design", "AC-1(1)": "design", "ac-9": "development"}
    with pytest.raises(NotComplete) as refusal:
        publish(draft.pk)
    assert any("statement (French)" in sentence for sentence in refusal.value.sentences)
    # What is open goes out and comes in again, so that it can be filled in elsewhere.
    for name in ("yaml", "xlsx", "oscal"):
        back = edition_import.preview(
            export(draft, name), choices=edition_import.Choices(), base=draft
        )
        assert back.changes == [], name


def test_what_is_wrong_in_the_form_is_told_beside_the_field(administrator):
    look = send(administrator, catalog(), "controls.json")["Location"]

    response = administrator.post(look, FOREIGN | {"edition": "", "published": "soon"})

    assert response.status_code == 422
    assert "This field is required." in response.content.decode()
    assert not Catalogue.objects.exists()


def test_a_file_can_be_put_aside(administrator):
    look = send(administrator, changed())["Location"]

    administrator.post(f"{look}discard/")

    assert not CatalogueUpload.objects.exists()
    assert not Catalogue.objects.exists()


def test_a_file_that_nobody_confirms_is_forgotten_after_a_week(administrator):
    send(administrator, changed())
    CatalogueUpload.objects.update(uploaded_at=timezone.now() - edition_import.KEPT_FOR * 2)

    send(administrator, changed(("'1.0'", "'2.0'")))

    assert CatalogueUpload.objects.count() == 1


@pytest.mark.parametrize("is_staff", [True, False])
def test_nobody_else_brings_editions_in(client, administrator, is_staff):
    look = send(administrator, changed())["Location"]
    client.force_login(UserFactory(is_staff=is_staff))

    for address in (reverse(UPLOAD), look):
        assert client.get(address).status_code in {302, 403}
        assert client.post(address, {"confirmed": "yes"}).status_code in {302, 403}
    client.post(f"{look}discard/")
    assert CatalogueUpload.objects.count() == 1


def test_the_pages_have_nothing_inline(administrator, published):
    look = send(administrator, catalog(), "controls.json")["Location"]
    change = reverse("admin:assessments_catalogue_change", args=[published.pk])

    for page in (reverse(UPLOAD), look, change, reverse("admin:assessments_catalogue_changelist")):
        html = administrator.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", html), page
        assert not re.search(r"<[^>]+\s(on\w+|style)=", html), page
    assert (
        reverse("catalogue-export", args=[published.pk, "oscal"])
        in administrator.get(change).content.decode()
    )


def test_looking_asks_as_often_for_more_entries(administrator, published):
    counts = []
    for edition in ("2.0", "3.0"):
        content = changed(("'1.0'", f"'{edition}'"))
        if edition == "3.0":
            content = content.replace(b"- id: R-2", _more().encode() + b"- id: R-2")
        look = send(administrator, content)["Location"]
        with CaptureQueriesContext(connection) as queries:
            administrator.get(look)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def _more():
    text = changed().decode()
    entry = text[text.index("- id: R-1") : text.index("- id: R-2")]
    return "".join(entry.replace("id: R-1", f"id: R-1{n}") for n in range(9))


def test_a_published_edition_comes_back_from_its_export(published):
    said = Edition.of(published).content()

    for name in ("yaml", "xlsx", "oscal"):
        found = edition_import.preview(export(published, name), choices=edition_import.Choices())
        assert found.edition.content() == said
        assert found.against == published


def test_a_draft_changed_by_hand_is_published_as_its_file_would_be():
    draft = load(parse(changed()), publish=False).catalogue
    Catalogue.objects.filter(pk=draft.pk).update(title_fr="Un autre titre")

    done = publish(draft.pk)

    assert done.vocabulary["source_document"]["title_fr"] == "Un autre titre"
    assert not load(parse(export(done, "yaml"))).is_new


LATER = ("catalogue_version: '1.0'", "catalogue_version: '2.0'")
FOLLOWS = (
    LATER[0],
    f"{LATER[1]}\n  based_on: {{catalogue_id: SMALL, catalogue_version: '1.0'}}",
)
ONE_REPLACED = ("references: []", "references: []\n  replaces: [R-2]")


def test_what_a_file_says_of_the_edition_before_is_told_first(administrator, published):
    look = send(administrator, changed(FOLLOWS, ONE_REPLACED))["Location"]

    html = administrator.get(look).content.decode()
    assert "of the 2 entries there, 1 are followed by one or more of this file, 0 retired" in html
    assert "what became of these, before it is published: R-1." in html
    administrator.post(look, {"key": "SMALL", "edition": "2.0", "confirmed": "yes"})
    draft = Catalogue.objects.get(edition="2.0")
    assert (draft.based_on, draft.successions.get().predecessor.code) == (published, "R-2")
    with pytest.raises(NotComplete, match=r"what became of these entries of SMALL 1\.0: R-1"):
        publish(draft.pk)


def test_a_file_that_follows_an_edition_that_is_not_here_is_not_brought_in(administrator):
    look = send(administrator, changed(FOLLOWS))["Location"]

    html = administrator.get(look).content.decode()
    assert "It follows SMALL 1.0, which is not published here. Load that edition first." in html
    assert "Make it a draft" not in html
    refused = administrator.post(look, {"key": "SMALL", "edition": "2.0", "confirmed": "yes"})
    assert refused.status_code == 422
    assert not Catalogue.objects.exists()


def test_a_changed_file_of_a_published_edition_is_offered_to_follow_it(administrator, published):
    content = changed(LATER, ("id: R-1", "id: R-9"))
    look = send(administrator, content)["Location"]
    page = administrator.get(look)
    assert page.context["form"]["follows"].initial == published

    chosen = {"key": "SMALL", "edition": "2.0", "follows": str(published.pk), "confirmed": "yes"}
    administrator.post(look, chosen)

    draft = Catalogue.objects.get(edition="2.0")
    linked = draft.successions.values_list("predecessor__code", "successor__code")
    assert (draft.based_on, list(linked)) == (published, [("R-2", "R-2")])


def test_what_a_catalog_marks_as_withdrawn_is_retired_where_it_follows_an_edition():
    content = changed(("catalogue_id: SMALL", "catalogue_id: CONTROLS"), ("id: R-1", "id: AC-2"))
    older = load(parse(content)).catalogue
    choices = edition_import.Choices(key="CONTROLS", edition="2.0")

    alone = edition_import.preview(catalog(), choices=choices)
    following = edition_import.preview(catalog(), choices=choices, follows=older)

    assert (alone.file.retired, alone.succession) == ([], [])
    [retired] = following.file.retired
    assert retired["id"] == "AC-2"
    assert retired["reason_fr"] != retired["reason_en"]
    draft = edition_import.bring_in(following.file)
    assert draft.retirements.get().predecessor.code == "AC-2"


def test_what_a_file_of_an_edition_would_be_refused_for_is_told_before_it_is_published():
    draft = load(parse(changed()), publish=False).catalogue
    entry = draft.recommendations.get(code="R-1")
    entry.statement_en = "x" * 10_001
    entry.save()
    with pytest.raises(NotComplete, match="R-1: statement_en: longer than 10000 characters"):
        publish(draft.pk)
    entry.statement_en = "x" * 10_000
    entry.save()

    done = publish(draft.pk)

    for name in ("yaml", "xlsx", "oscal"):
        found = edition_import.preview(export(done, name), choices=edition_import.Choices())
        assert not load(found.file).is_new, name


def test_an_edition_with_every_kind_of_change_comes_back_from_its_file():
    second = second_edition()

    for name in ("yaml", "xlsx", "oscal"):
        found = edition_import.preview(export(second, name), choices=edition_import.Choices())
        assert (found.is_refused, found.changes) == (False, []), name
        assert not load(found.file).is_new, name


@pytest.mark.parametrize("name", ["yaml", "xlsx", "oscal"])
def test_the_dry_run_says_what_followed_what_in_the_words_of_the_differences(name):
    second = second_edition()
    content = export(second, name)

    found = edition_import.preview(
        content, choices=edition_import.Choices(), base=second.based_on
    ).changes

    told = {(each.kind.value, each.name): each for each in found if each.part == "recommendations"}
    for kind, code, aspects, others in (
        ("changed", "REC-002", {Aspect.REWORDED}, ()),
        ("added", "REC-004A", {Aspect.SPLIT}, ("REC-004",)),
        ("removed", "REC-004", {Aspect.SPLIT}, ("REC-004A", "REC-004B")),
        ("changed", "REC-005", {Aspect.MERGED}, ("REC-005", "REC-006")),
        ("removed", "REC-006", {Aspect.MERGED}, ("REC-005",)),
        ("changed", "REC-007", {Aspect.MOVED}, ()),
        ("removed", "REC-008", {Aspect.RETIRED}, ()),
        ("added", "REC-115", {Aspect.METADATA}, ("REC-015",)),
        ("changed", "REC-016", {Aspect.MOVED, Aspect.REWORDED}, ()),
        ("added", "REC-021", set(), ()),
    ):
        each = told[kind, code]
        assert (set(each.aspects), each.others) == (aspects, others), code
    assert told["changed", "REC-016"].label == "reworded, moved elsewhere"
    assert told["added", "REC-021"].label == "added"


def test_what_a_file_says_nothing_of_is_removed_not_retired():
    second = second_edition()
    document = yaml.safe_load(export(second, "yaml"))
    del document["retired"]

    found = edition_import.preview(
        yaml.safe_dump(document, allow_unicode=True).encode(),
        choices=edition_import.Choices(),
        base=second.based_on,
    ).changes

    assert [each.label for each in found if each.name == "REC-008"] == ["removed"]
