"""Editions to write and read: the one we ship, and any that can be."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

from assessments.catalogue.document import document
from assessments.catalogue.edition import from_file
from assessments.catalogue.schema import LONGEST_TEXT, TEXTS, CatalogueFile, parse
from assessments.catalogue.terms import own_terms
from assessments.enums import Confidence, Confirmation, Criterion, ProvenanceStatus, Stakeholder
from devices.enums import Fact, LifecyclePhase
from tests.assessments.catalogue.conftest import changed

DATA = Path(__file__).parents[4] / "assessments/catalogue/data/ansm-2022.yaml"
SCHEMA = Path(__file__).parents[3] / "data/schemas/oscal-1.2.1-catalog.schema.json"


@cache
def shipped():
    """Return the document of the edition that comes with the portal."""
    return json.dumps(document(from_file(parse(DATA.read_bytes()))))


@pytest.fixture
def ansm():
    return json.loads(shipped())


@pytest.fixture
def small():
    return document(from_file(parse(changed())))


# What no file holds is refused everywhere (reading.UNFIT): controls, half characters, bidi marks.
UNFIT = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x7F, 0x0D]))
LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=UNFIT, codec="utf-8")
SOME = st.sampled_from([*"aé=+-@'\"#:[]{}|>%&*!?,~<_x0041_ \n\t", "null", "yes", "1.0", "- "])


def texts(most, *, least=1):
    """Return texts as long as they may be, the awkward ones first."""
    made = st.lists(SOME | LETTERS, max_size=12).map("".join).map(normal)
    return made.filter(lambda text: len(text) <= most and (bool(text.strip()) or not least))


def normal(text):
    import unicodedata

    return unicodedata.normalize("NFC", text)


def keys(values, *, least=0):
    return st.lists(st.sampled_from(list(values)), unique=True, min_size=least, max_size=3)


def lists(most, *, least=0, **size):
    return st.lists(texts(most), unique=True, min_size=least, **size)


BASED_ON = st.fixed_dictionaries({"catalogue_id": texts(60), "catalogue_version": texts(40)})


@st.composite
def documents(draw):
    """Draw the document of an edition that passes every check."""
    sources = draw(lists(20, max_size=2))
    sections = draw(lists(20, least=1, max_size=3))
    bases = draw(lists(40, max_size=2))
    phases = [draw(st.sampled_from(LifecyclePhase.values)) for _ in sections]
    meta = {
        "catalogue_id": draw(texts(60)),
        "catalogue_version": draw(texts(40)),
        "source_document": {
            **{name: draw(texts(300)) for name in ("title_fr", "title_en")},
            "issuer": draw(texts(100)),
            "published": draw(st.dates()).isoformat(),
            **{name: draw(texts(300)) for name in ("legal_value_fr", "legal_value_en")},
            **draw(st.fixed_dictionaries({}, optional={"pages": st.integers(0, 999)})),
        },
        **{name: draw(texts(4000)) for name in ("disclaimer_fr", "disclaimer_en")},
        **own_terms(),
        "provenance_basis": [
            {"key": key, "fr": draw(texts(99)), "en": draw(texts(99))} for key in bases
        ],
        **draw(st.fixed_dictionaries({}, optional={"based_on": BASED_ON})),
        "sources": [
            {
                "key": key,
                "title": draw(texts(300)),
                "url": draw(st.sampled_from([None, "https://example.org/é?q=1"])),
            }
            for key in sources
        ],
    }
    codes = draw(lists(30, max_size=4)) if "based_on" in meta else []
    gone = codes[len(codes) // 2 :]
    retired = {"retired": [draw(retirements(code)) for code in gone]} if gone else {}
    followed = codes[: len(codes) // 2]
    return {
        "meta": meta,
        "sections": [
            {
                "key": key,
                "phase": phase,
                "fr": draw(texts(300)),
                "en": draw(texts(300)),
                "title_status": draw(st.sampled_from(ProvenanceStatus.values)),
                "sources": draw(keys(sources)) if sources else [],
            }
            for key, phase in zip(sections, phases, strict=True)
        ],
        "recommendations": [
            draw(
                entries(code, dict(zip(sections, phases, strict=True)), sources, (bases, followed))
            )
            for code in draw(lists(30, least=1, max_size=3))
        ],
        **retired,
    }


@st.composite
def retirements(draw, code):
    return {"id": code, "reason_fr": draw(texts(2000)), "reason_en": draw(texts(2000))}


@st.composite
def entries(draw, code, sections, sources, named):
    bases, followed = named
    section = draw(st.sampled_from(list(sections)))
    evidence = draw(lists(500, least=1, max_size=3))
    entry = {
        "id": code,
        "phase": sections[section],
        "section": section,
        **{name: draw(texts(300 if "title" in name else LONGEST_TEXT)) for name in TEXTS},
        "stakeholders": draw(keys(Stakeholder.values, least=1)),
        "criteria": draw(keys(Criterion.values, least=1)),
        "applies_when": draw(keys(["all", *Fact.values], least=1)),
        "references": draw(lists(200, max_size=2)),
    }
    if followed and (replaces := draw(keys(followed))):
        entry["replaces"] = replaces
    entry["expected_evidence_fr"] = evidence
    entry["expected_evidence_en"] = draw(st.permutations(evidence))
    provenance = {
        "status": draw(st.sampled_from(ProvenanceStatus.values)),
        "confidence": draw(st.sampled_from(Confidence.values)),
        "verified_edition": draw(lists(40, max_size=2)),
        "sources": draw(keys(sources)) if sources else [],
        "note_fr": draw(texts(2000, least=0)),
        "note_en": draw(texts(2000, least=0)),
        "official_number": draw(st.none() | texts(30)),
        "official_page": draw(st.none() | st.integers(0, 32_767)),
    }
    if bases and draw(st.booleans()):
        provenance["basis"] = draw(st.sampled_from(bases))
    if draw(st.booleans()):
        provenance |= {
            "confirmed_as": draw(st.sampled_from(Confirmation.values)),
            "confirmed_on": draw(st.dates()).isoformat(),
            "confirmed_by": draw(texts(150)),
        }
    return entry | {"provenance": provenance}


def edition_of(values):
    """Return the rows, unsaved, of a document that was found good."""
    parts = [values["meta"], values["sections"], values["recommendations"]]
    return from_file(CatalogueFile(*parts, values.get("retired", [])))
