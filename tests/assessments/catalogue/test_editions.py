"""Editions that follow one another: drafts, what becomes of entries, who changed what."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from ansm_portal.errors import PortalError
from assessments.catalogue.edition import Edition, digest
from assessments.catalogue.schema import Invalid, parse
from assessments.enums import CatalogueState
from assessments.models import CatalogueEvent, Recommendation, Retirement, Succession
from assessments.services import catalogue_journal, entries, regrouping
from assessments.services.catalogue import NotComplete, load, publish
from assessments.services.editions import progress, retire, start_draft
from tests.assessments.catalogue.conftest import changed
from tests.assessments.catalogue.second import BECAME, FOUR_EACH, second_edition
from tests.factories import CatalogueFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    return start_draft(CatalogueFactory(sizes=FOUR_EACH), edition="second", actor=None)


def entry(catalogue, code):
    return catalogue.recommendations.get(code=code)


def became(catalogue):
    """Return what became of each entry of the edition before, by its code."""
    said = {row.predecessor.code: ([], "retired") for row in catalogue.retirements.all()}
    for link in catalogue.successions.order_by("successor__position"):
        codes, _kind = said.get(link.predecessor.code, ([], ""))
        said[link.predecessor.code] = ([*codes, link.successor.code], link.kind)
    return said


def test_a_draft_says_what_the_edition_says_that_it_follows():
    first = load(parse(changed())).catalogue

    draft = start_draft(first, edition="2.0", actor=None)

    before, after = Edition.of(first).content(), Edition.of(draft).content()
    assert after.pop("based_on") == {"key": "SMALL", "edition": "1.0"}
    assert after.pop("retired") == {}
    assert [each.pop("replaces") for each in after["recommendations"].values()] == [
        ["R-1"],
        ["R-2"],
    ]
    assert after == before | {"edition": "2.0"}


def test_every_kind_of_change_leaves_an_explicit_mapping_and_an_event_in_one_chain():
    actor = UserFactory()

    second = second_edition(actor=actor)

    assert became(second) == BECAME
    assert second.state == CatalogueState.PUBLISHED
    assert list(second.recommendations.order_by("position").values_list("position", flat=True)) == [
        *range(1, second.recommendations.count() + 1)
    ]
    assert catalogue_journal.verify().is_intact
    events = CatalogueEvent.objects.order_by("sequence")
    assert {event.actor for event in events} == {actor}
    assert [event.verb for event in events][:3] == ["catalogue.draft", "entry.edit", "entry.edit"]
    assert {event.verb for event in events} == {
        *("catalogue.draft", "catalogue.publish", "entry.add", "entry.confirm", "entry.edit"),
        *(
            "entry.merge",
            "entry.move",
            "entry.reorder",
            "entry.retire",
            "entry.split",
            "section.add",
        ),
    }
    reworded = events.filter(code="REC-003").get()
    assert reworded.data["changes"] == {"title_fr": ["Recommandation 3", "Recommandation nouvelle"]}


def test_saying_what_is_said_already_is_no_event(draft):
    entries.edit(entry(draft, "REC-001"), fields={"title_en": "Recommendation 1"}, actor=None)

    assert not CatalogueEvent.objects.filter(verb="entry.edit").exists()


def test_an_entry_that_is_wrong_is_refused_by_field(draft):
    with pytest.raises(entries.NotFit) as caught:
        entries.edit(
            entry(draft, "REC-001"), fields={"code": "REC-002", "title_fr": ""}, actor=None
        )

    assert set(caught.value.fields) == {"code", "title_fr"}
    assert entry(draft, "REC-001").title_fr == "Recommandation 1"


def test_an_entry_is_retired_with_reasons_in_both_languages_and_can_come_back(draft):
    with pytest.raises(PortalError, match="French and in English"):
        entries.retire(entry(draft, "REC-001"), reason_fr="Non.", reason_en=" ", actor=None)
    [retired] = entries.retire(
        entry(draft, "REC-001"), reason_fr="Non.", reason_en="No.", actor=None
    )
    assert became(draft)["REC-001"] == ([], "retired")

    entries.bring_back(retired, section=draft.sections.first(), actor=None)

    assert became(draft)["REC-001"][0] == ["REC-001"]
    assert not Retirement.objects.exists()


def test_what_was_added_in_the_draft_is_removed_without_a_reason(draft):
    fields = {name: getattr(entry(draft, "REC-001"), name) for name in entries.EDITABLE}
    added = entries.add(draft.sections.first(), fields=fields | {"code": "X"}, actor=None)

    assert entries.retire(added, actor=None) == []
    assert not Retirement.objects.exists()


def test_a_split_that_fails_changes_nothing(draft):
    before = became(draft)

    with pytest.raises(PortalError, match="already"):
        regrouping.split(
            entry(draft, "REC-001"), into=[{"code": "REC-001"}, {"code": "REC-002"}], actor=None
        )

    assert became(draft) == before


def test_who_follows_whom_can_be_said_outright(draft):
    old = {row.code: row for row in draft.based_on.recommendations.all()}
    entries.retire(entry(draft, "REC-002"), reason_fr="Non.", reason_en="No.", actor=None)

    regrouping.follow(
        entry(draft, "REC-001"), predecessors=[old["REC-001"], old["REC-002"]], actor=None
    )

    assert became(draft)["REC-002"] == (["REC-001"], "merged")


def test_an_edition_that_leaves_an_entry_behind_is_not_published(draft):
    Succession.objects.filter(predecessor__code="REC-020").delete()

    with pytest.raises(NotComplete, match="REC-020"):
        publish(draft.pk)


def test_nothing_of_a_published_edition_changes():
    first = CatalogueFactory()
    one, other = first.recommendations.order_by("position")[:2]
    steps = {
        "edit": lambda: entries.edit(one, fields={"title_en": "X"}, actor=None),
        "add": lambda: entries.add(one.section, fields={}, actor=None),
        "move": lambda: entries.move(one, section=one.section, actor=None),
        "retire": lambda: entries.retire(one, reason_fr="X", reason_en="X", actor=None),
        "confirm": lambda: entries.confirm(
            one, number="1", page=1, on=dt.date(2026, 1, 1), actor=UserFactory()
        ),
        "split": lambda: regrouping.split(one, into=[{}, {}], actor=None),
        "merge": lambda: regrouping.merge([one, other], fields={}, actor=None),
    }

    for step in steps.values():
        with pytest.raises(PortalError, match="never changes"):
            step()


def test_confirming_says_who_read_what_where_and_counts_as_progress(draft):
    reader = UserFactory(first_name="Jeanne", last_name="Martin")

    entries.confirm(
        entry(draft, "REC-001"), number="1.1", page=9, on=dt.date(2026, 11, 2), actor=reader
    )

    row = entry(draft, "REC-001")
    assert (row.official_number, row.official_page, row.provenance_status) == ("1.1", 9, "verified")
    assert (row.confirmed_as, row.confirmed_by) == ("as_is", str(reader))
    counted = progress(draft.recommendations.all())
    assert (counted.verified, counted.recalled, counted.confirmed, counted.total) == (1, 19, 1, 20)


def test_confirming_needs_a_place_in_the_text(draft):
    with pytest.raises(entries.NotFit, match="number or the page"):
        entries.confirm(
            entry(draft, "REC-001"), number=" ", page=None, on=dt.date(2026, 1, 1), actor=None
        )


def test_a_retired_edition_names_its_successor_and_stays_what_it_is():
    first, second = CatalogueFactory(), CatalogueFactory()

    retire(first.pk, succeeded_by=second, actor=None)

    first.refresh_from_db()
    assert (first.state, first.succeeded_by) == (CatalogueState.RETIRED, second)
    with pytest.raises(PortalError):
        retire(first.pk, actor=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recommendation.objects.filter(catalogue=first).update(title_en="Reworded")


FOLLOWING = (
    ("catalogue_version: '1.0'", "catalogue_version: '2.0'"),
    (
        "  source_document:",
        "  based_on: {catalogue_id: SMALL, catalogue_version: '1.0'}\n  source_document:",
    ),
    ("- id: R-1\n", "- id: R-1\n  replaces: [R-1]\n"),
    ("- id: R-2\n", "- id: R-3\n"),
    (
        "    official_number: '3.1'\n    official_page: null\n",
        "    official_number: '3.1'\n    official_page: null\n"
        "retired:\n- {id: R-2, reason_fr: Passé., reason_en: Past.}\n",
    ),
)


def test_a_file_says_which_edition_it_follows_and_how():
    load(parse(changed()))

    second = load(parse(changed(*FOLLOWING))).catalogue

    assert became(second) == {"R-1": (["R-1"], "unchanged"), "R-2": ([], "retired")}
    assert second.content_sha256 == digest(Edition.of(second).content())
    assert not load(parse(changed(*FOLLOWING))).is_new


def test_a_file_that_follows_what_is_not_here_is_refused():
    with pytest.raises(NotComplete, match=r"SMALL 1\.0"):
        load(parse(changed(*FOLLOWING)))


def test_a_file_that_leaves_an_entry_behind_is_refused():
    load(parse(changed()))

    with pytest.raises(NotComplete, match="R-1"):
        load(parse(changed(*(pair for pair in FOLLOWING if "replaces" not in pair[1]))))


@pytest.mark.parametrize(
    ("replacements", "said"),
    [
        (FOLLOWING[2:3], "line 36, R-1: replaces: it needs meta.based_on"),
        (FOLLOWING[4:], "retired: it needs meta.based_on"),
        (
            (*FOLLOWING[:2], FOLLOWING[4], ("- id: R-2\n", "- id: R-2\n  replaces: [R-2]\n")),
            "R-2: replaces: R-2 is retired as well",
        ),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_with_its_line(replacements, said):
    with pytest.raises(Invalid) as caught:
        parse(changed(*replacements))

    assert said in str(caught.value)
