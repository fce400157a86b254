"""Loading editions: whole or not at all, once, and never a second time otherwise."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from assessments.catalogue.edition import SAID, Edition, digest
from assessments.catalogue.schema import parse
from assessments.enums import CatalogueState
from assessments.models import Answer, Catalogue, Recommendation, Section
from assessments.services.assessment import start
from assessments.services.catalogue import EditionDiffers, NotComplete, load, publish
from tests.assessments.catalogue.conftest import SMALL, changed
from tests.factories import MembershipFactory, VersionFactory

pytestmark = pytest.mark.django_db


def load_changed(*replacements, **options):
    return load(parse(changed(*replacements)), **options)


def test_a_loaded_edition_is_published_under_the_digest_of_what_its_rows_say():
    catalogue = load_changed().catalogue

    catalogue.refresh_from_db()
    assert catalogue.state == CatalogueState.PUBLISHED
    assert catalogue.published_at is not None
    assert catalogue.content_sha256 == digest(Edition.of(catalogue).content())


def test_every_value_of_the_file_reaches_its_column():
    catalogue = load_changed().catalogue

    first, second = catalogue.recommendations.order_by("position")
    assert (first.code, first.section.key, first.phase, first.position) == (
        "R-1",
        "CON-A",
        "design",
        1,
    )
    assert (first.provenance_status, first.confidence, first.provenance_basis) == (
        "verified",
        "high",
        "recommendations",
    )
    assert (first.official_number, first.official_page) == ("", 12)
    assert (second.official_number, second.official_page) == ("3.1", None)
    assert second.applies_when == ["connected", "wireless"]
    assert second.provenance_basis == ""
    assert list(catalogue.sources.values_list("key", "title", "url")) == [
        ("S1", "ANSM 2022", "https://ansm.example/")
    ]
    assert catalogue.vocabulary["phases"][0]["fr"] == "Conception"


def test_the_same_content_again_changes_nothing():
    first = load_changed()

    again = load_changed(("# A catalogue as small as one can be", "# Another comment"))

    assert (first.is_new, again.is_new) == (True, False)
    assert again.catalogue == first.catalogue
    assert Recommendation.objects.count() == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Le langage est choisi.", "Le langage est imposé.", "reworded R-2"),
        ("note_en: Inferred.", "note_en: Guessed.", "reworded R-2"),
        ("id: R-2", "id: R-3", "added R-3; removed R-2"),
        ("fr: Langage", "fr: Langages", "outside the recommendations sections"),
        ("title: ANSM 2022", "title: ANSM", "outside the recommendations sources"),
        ("fr: Conception", "fr: Création", "outside the recommendations vocabulary"),
    ],
)
def test_a_published_edition_is_never_loaded_with_another_content(old, new, said):
    before = load_changed().catalogue.content_sha256

    with pytest.raises(EditionDiffers) as caught:
        load_changed((old, new))

    assert said in str(caught.value)
    catalogue = Catalogue.objects.get()
    assert digest(Edition.of(catalogue).content()) == before


def test_every_column_is_part_of_the_digest_or_is_left_out_on_purpose():
    left_out = {"id", "catalogue", "section", "state", "content_sha256", "published_at"}
    left_out |= {"based_on", "owner", "retired_at", "succeeded_by"}

    for model, names in SAID.items():
        columns = {field.name for field in model._meta.concrete_fields}
        assert columns - set(names) <= left_out, model


def test_a_newer_edition_changes_no_word_of_what_was_assessed():
    """CISO Assistant rewrites closed audits when a library is updated (peers.md, 4.2)."""
    version = VersionFactory(is_connected=True)
    author = MembershipFactory(organisation=version.organisation).user
    assessment = start(version, catalogue=load_changed().catalogue, actor=author)
    columns = [f"recommendation__{name}" for name in SAID[Recommendation]]
    words = Answer.objects.filter(assessment=assessment).order_by("position").values(*columns)
    before = list(words.all())

    newer = load(
        parse(
            SMALL[: SMALL.index("- id: R-2")]
            .replace("'1.0'", "'2.0'")
            .replace("Le fabricant analyse les risques.", "Une tout autre obligation.")
            .encode()
        )
    )

    assert newer.is_new
    assert newer.catalogue.recommendations.get().statement_fr == "Une tout autre obligation."
    assert list(words.all()) == before
    assert [row["recommendation__code"] for row in before] == ["R-1", "R-2"]
    assert before[0]["recommendation__statement_fr"] == "Le fabricant analyse les risques."


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE assessments_recommendation SET statement_fr = 'x'",
        "UPDATE assessments_section SET title_en = 'x'",
        "UPDATE assessments_source SET url = ''",
        "UPDATE assessments_catalogue SET title_fr = 'x'",
        "UPDATE assessments_catalogue SET state = 'draft', published_at = NULL",
        "DELETE FROM assessments_recommendation",
        "DELETE FROM assessments_source",
    ],
)
def test_the_database_refuses_to_change_what_was_loaded(statement):
    catalogue = load_changed().catalogue

    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert digest(Edition.of(catalogue).content()) == catalogue.content_sha256


def test_a_draft_can_be_changed_and_then_published():
    draft = load_changed(publish=False).catalogue
    assert (draft.state, draft.content_sha256) == (CatalogueState.DRAFT, "")
    Section.objects.filter(key="CON-A").update(title_fr="Dispositions générales")

    published = publish(draft.pk)

    assert published.state == CatalogueState.PUBLISHED
    assert published.content_sha256 == digest(Edition.of(published).content())


def test_a_file_is_not_loaded_over_a_draft():
    load_changed(publish=False)

    with pytest.raises(EditionDiffers, match="is here as a draft"):
        load_changed()


def test_an_edition_is_published_once():
    catalogue = load_changed().catalogue

    with pytest.raises(NotComplete):
        publish(catalogue.pk)


@pytest.mark.parametrize(
    ("table", "change", "count"),
    [
        ("recommendation", {"statement_en": ""}, 2),
        ("recommendation", {"stakeholders": ["astronaut"]}, 2),
        ("recommendation", {"stakeholders": []}, 2),
        ("recommendation", {"expected_evidence_en": []}, 2),
        ("recommendation", {"phase": "end_of_life"}, 2),
        ("recommendation", {"source_keys": ["S8"]}, 1),
        ("section", {"title_fr": ""}, 2),
        ("catalogue", {"disclaimer_en": ""}, 1),
    ],
)
def test_a_draft_that_lacks_something_is_not_published(table, change, count):
    draft = load_changed(publish=False).catalogue
    rows = {"recommendation": draft.recommendations, "section": draft.sections}.get(
        table, Catalogue.objects
    )
    rows.update(**change)

    with pytest.raises(NotComplete) as caught:
        publish(draft.pk)

    assert len(caught.value.sentences) == count
    draft.refresh_from_db()
    assert draft.state == CatalogueState.DRAFT


def test_a_draft_without_recommendations_is_not_published():
    draft = load_changed(publish=False).catalogue
    draft.recommendations.all().delete()

    with pytest.raises(NotComplete):
        publish(draft.pk)


def test_the_command_says_what_it_loaded(catalogue_file, capsys):
    call_command("load_catalogue", catalogue_file())
    call_command("load_catalogue", catalogue_file())

    assert capsys.readouterr().out.splitlines() == [
        "SMALL 1.0: loaded and published",
        "2 recommendations: 1 design, 1 development",
        "2 recommendations: 1 verified, 1 inferred",
        "SMALL 1.0: here already, unchanged",
        "2 recommendations: 1 design, 1 development",
        "2 recommendations: 1 verified, 1 inferred",
    ]


def test_the_command_loads_a_draft_on_demand(catalogue_file, capsys):
    call_command("load_catalogue", catalogue_file(), "--draft")

    assert "SMALL 1.0: loaded as draft" in capsys.readouterr().out
    assert Catalogue.objects.get().state == CatalogueState.DRAFT


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("section: DEV-A", "section: DEV-Z", "line 62, R-2: section"),
        ("id: R-2", "id: *x", "aliases are not allowed"),
    ],
)
def test_the_command_refuses_a_wrong_file_and_loads_nothing(catalogue_file, old, new, said):
    with pytest.raises(CommandError) as caught:
        call_command("load_catalogue", catalogue_file((old, new)))

    assert said in str(caught.value)
    assert "Nothing was loaded." in str(caught.value)
    assert not Catalogue.objects.exists()


def test_the_command_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_catalogue", tmp_path / "none.yaml")


def test_the_command_refuses_another_content_of_a_published_edition(catalogue_file):
    call_command("load_catalogue", catalogue_file(), verbosity=0)

    with pytest.raises(CommandError, match="R-2"):
        call_command("load_catalogue", catalogue_file(("id: R-2", "id: R-3")))
