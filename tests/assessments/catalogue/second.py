"""A second edition with every kind of change, made by the services.

``KINDS`` names them: docs/catalogue.md has the same table.
"""

import datetime as dt

from assessments.catalogue.transition import Fate
from assessments.catalogue.words import Aspect
from assessments.models import Section
from assessments.services import catalogue as publishing
from assessments.services import entries, regrouping, sections
from assessments.services.editions import start_draft
from devices.enums import LifecyclePhase
from tests.factories import CatalogueFactory

FOUR_EACH = dict.fromkeys(LifecyclePhase, 4)

# What became of each entry of the first edition: codes of the second, and in one word.
BECAME = {
    "REC-001": (["REC-001"], "unchanged"),
    "REC-002": (["REC-002"], "reworded"),
    "REC-003": (["REC-003"], "reworded"),
    "REC-004": (["REC-004A", "REC-004B"], "split"),
    "REC-005": (["REC-005"], "merged"),
    "REC-006": (["REC-005"], "merged"),
    "REC-007": (["REC-007"], "moved"),
    "REC-008": ([], "retired"),
    "REC-009": (["REC-009"], "unchanged"),
    "REC-010": (["REC-010"], "unchanged"),
    "REC-011": (["REC-011"], "unchanged"),
    "REC-012": (["REC-012"], "moved"),
    "REC-013": (["REC-013"], "unchanged"),
    "REC-014": (["REC-014"], "reworded"),
    "REC-015": (["REC-115"], "unchanged"),
    "REC-016": (["REC-016"], "reworded"),
    "REC-017": (["REC-017"], "moved"),
    "REC-018": (["REC-018"], "unchanged"),
    "REC-019": (["REC-019"], "unchanged"),
    "REC-020": (["REC-020"], "moved"),
}

# Each kind of change: the entries of the second edition, what the page of differences says of
# them, and what becomes of their answers.
KINDS = {
    "statement reworded, both languages": ("REC-002", {Aspect.REWORDED}, Fate.REWORDED),
    "title reworded, one language": ("REC-003", {Aspect.REWORDED}, Fate.REWORDED),
    "split": ("REC-004A+REC-004B", {Aspect.SPLIT}, Fate.SPLIT),
    "merged": ("REC-005", {Aspect.MERGED}, Fate.MERGED),
    "moved to another phase": ("REC-007", {Aspect.MOVED}, Fate.ELSEWHERE),
    "moved to a new section": ("REC-017", {Aspect.MOVED}, Fate.ELSEWHERE),
    "reordered in its section": ("REC-020", {Aspect.MOVED}, Fate.ELSEWHERE),
    "moved and reworded": ("REC-016", {Aspect.MOVED, Aspect.REWORDED}, Fate.REWORDED),
    "another code": ("REC-115", {Aspect.METADATA}, Fate.KEPT),
    "other criteria": ("REC-010", {Aspect.METADATA}, Fate.KEPT),
    "other stakeholders": ("REC-018", {Aspect.METADATA}, Fate.KEPT),
    "applies to others": ("REC-011", {Aspect.METADATA}, Fate.KEPT),
    "confirmed as it is": ("REC-013", {Aspect.PROVENANCE}, Fate.KEPT),
    "confirmed and corrected": (
        "REC-014",
        {Aspect.REWORDED, Aspect.PROVENANCE},
        Fate.REWORDED,
    ),
    "added": ("REC-021", {Aspect.ADDED}, Fate.ADDED),
    "retired": ("", {Aspect.RETIRED}, Fate.GONE),
}


def second_edition(first=None, *, actor=None, publish=True):
    """Return an edition that follows ``first``, which has four entries in each phase."""
    first = first or CatalogueFactory(sizes=FOUR_EACH)
    draft = start_draft(first, edition="second", actor=actor)

    def entry(code):
        return draft.recommendations.select_related("section").get(code=code)

    def section(phase):
        return draft.sections.filter(phase=phase).order_by("position").first()

    def edit(number, **fields):
        entries.edit(entry(number), fields=fields, actor=actor)

    edit("REC-002", statement_fr="Le fabricant vérifie.", statement_en="The manufacturer checks.")
    edit("REC-003", title_fr="Recommandation nouvelle")
    regrouping.split(
        entry("REC-004"),
        into=[
            {"code": "REC-004A", "title_fr": "D’abord", "title_en": "First"},
            {"code": "REC-004B", "title_fr": "Ensuite", "title_en": "Then"},
        ],
        actor=actor,
    )
    regrouping.merge(
        [entry("REC-005"), entry("REC-006")],
        fields={"title_fr": "Les deux", "title_en": "Both", "code": "REC-005"},
        actor=actor,
    )
    entries.move(entry("REC-007"), section=section("commissioning"), actor=actor)
    entries.retire(
        entry("REC-008"), reason_fr="N’a plus cours.", reason_en="Out of date.", actor=actor
    )
    edit("REC-010", criteria=["integrity", "confidentiality"])
    edit("REC-011", applies_when=["wireless"])
    entries.move(entry("REC-012"), section=section("commissioning"), actor=actor)
    day = dt.date(2026, 11, 2)
    entries.confirm(entry("REC-013"), number="4.1", page=17, on=day, actor=actor or _anybody())
    entries.confirm(
        entry("REC-014"),
        number="4.2",
        page=18,
        on=day,
        actor=actor or _anybody(),
        corrections={"rationale_fr": "Pour le soin.", "rationale_en": "For care."},
    )
    edit("REC-015", code="REC-115")
    edit("REC-016", statement_en="The manufacturer plans ahead.")
    entries.move(entry("REC-016"), section=section("end_of_life"), actor=actor)
    last = sections.add(
        draft,
        fields={
            "key": "S-NEW",
            "phase": "end_of_life",
            "title_fr": "Retrait",
            "title_en": "Withdrawal",
            "title_status": "recalled",
        },
        actor=actor,
    )
    entries.move(entry("REC-017"), section=last, actor=actor)
    edit("REC-018", stakeholders=["manufacturer", "user"])
    swapped = ["REC-016", "REC-018", "REC-020", "REC-019"]
    entries.reorder(section("end_of_life"), codes=swapped, actor=actor)
    added = {name: getattr(entry("REC-020"), name) for name in entries.EDITABLE}
    entries.add(last, fields=added | {"code": "REC-021", "title_en": "New"}, actor=actor)
    assert Section.objects.filter(catalogue=draft).count() == 6
    return publishing.publish(draft.pk, actor=actor) if publish else draft


def _anybody():
    from tests.factories import UserFactory

    return UserFactory()
