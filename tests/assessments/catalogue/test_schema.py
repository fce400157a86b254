"""Every way a catalogue file can be wrong, and what the person who wrote it reads."""

import pytest

from assessments.catalogue.reading import MAX_BYTES, Unreadable
from assessments.catalogue.schema import Invalid, parse
from tests.assessments.catalogue.conftest import SMALL, changed


def line_of(text):
    return SMALL[: SMALL.index(text)].count("\n") + 1


def problems(content):
    with pytest.raises(Invalid) as caught:
        parse(content)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_file_becomes_plain_values():
    file = parse(SMALL.encode())

    assert [entry["id"] for entry in file.recommendations] == ["R-1", "R-2"]
    assert [section["key"] for section in file.sections] == ["CON-A", "DEV-A"]
    assert file.meta["source_document"]["published"] == "2022-09-23"
    assert {type(value) for value in file.recommendations[0].values()} == {str, list, dict}


@pytest.mark.parametrize(
    ("old", "new", "entry", "reason"),
    [
        (
            "  title_en: Analyse the risks\n",
            "  title_fr2: x\n",
            "R-1",
            "is not a key of this place",
        ),
        ("issuer: ANSM", "issuer: 1", "meta.source_document", "issuer: a text is expected"),
        ("statement_en: The language is chosen.", "statement_en: ' '", "R-2", "the text is empty"),
        ("section: DEV-A", "section: DEV-Z", "R-2", "section: “DEV-Z” is not one of CON-A, DEV-A"),
        ("section: DEV-A", "section: CON-A", "R-2", "section CON-A belongs to phase design"),
        (
            "applies_when: [all]",
            "applies_when: [flying]",
            "R-1",
            "applies_when: “flying” is not one of all, connected",
        ),
        ("applies_when: [all]", "applies_when: []", "R-1", "a list of at least one is expected"),
        ("applies_when: [all]", "applies_when: all", "R-1", "a list of at least one is expected"),
        ("applies_when: [all]", "applies_when: [all, all]", "R-1", "an item stands twice"),
        (
            "status: inferred",
            "status: guessed",
            "R-2.provenance",
            "status: “guessed” is not one of",
        ),
        ("confidence: low", "confidence: 3", "R-2.provenance", "confidence: this is not one of"),
        ("[S1]\n    note", "[S9]\n    note", "R-1.provenance", "sources: “S9” is not one of S1"),
        ("basis: recommendations", "basis: page", "R-1.provenance", "basis: “page” is not one of"),
        ("official_page: 12", "official_page: 99999", "R-1.provenance", "from 0 to 32767"),
        ("official_page: 12", "official_page: true", "R-1.provenance", "from 0 to 32767"),
        ("title_fr: Choisir le langage", f"title_fr: {'x' * 301}", "R-2", "longer than 300"),
        ("id: R-2", "id: R-1", "R-1", "id stands already in line"),
        ("key: DEV-A", "key: CON-A", "CON-A", "key stands already in line"),
        ("published: '2022-09-23'", "published: '2022-13-01'", "meta.source_document", "not a day"),
        ("published: '2022-09-23'", "published: 20220923", "meta.source_document", "not a day"),
        ("url: 'https://ansm", "url: 'javascript:alert()//", "S1", "url: an address is expected"),
        ("key: design, order", "key: dream, order", "meta.phases", "key: “dream” is not one of"),
        ("'1.0'", "1.0", "meta", "catalogue_version: a text is expected (in quotes"),
        ("[Risk management file]", "[a, b]", "R-1", "as many items in French as in English"),
        ("[ISO 14971:2019 §7]", "[.inf]", "R-1", "references: a text is expected"),
        ("order: 2", "order: -1", "development", "order: a whole number"),
        (
            "note_en: Read in the draft.",
            'note_en: "\\0"',
            "R-1.provenance.note_en",
            "a character that no text holds (U+0000)",
        ),
        ("issuer: ANSM", 'issuer: "\\ud800"', "meta", "(U+D800)"),
        ("issuer: ANSM", 'issuer: "\\u202eMSNA"', "meta", "(U+202E)"),
    ],
)
def test_a_wrong_value_is_named_by_line_entry_and_reason(old, new, entry, reason):
    found = problems(changed((old, new)))

    here = f"line {line_of(old)}, {entry}"
    assert [text for text in found if text.startswith(here) and reason in text], found


@pytest.mark.parametrize(
    ("line", "entry", "language"),
    [
        ("  title_en: Choose the language\n", "R-2", "English"),
        ("  rationale_fr: Pour la mémoire.\n", "R-2", "French"),
        ("    note_en: Inferred.\n", "R-2.provenance", "English"),
        ("  disclaimer_fr: Seul le texte publié fait foi.\n", "meta", "French"),
    ],
)
def test_a_missing_language_is_named(line, entry, language):
    key = line.split(":")[0].strip()

    found = problems(changed((line, "")))

    assert [text.split(", ", 1)[1] for text in found] == [
        f"{entry}: {key} is missing: the {language} text is needed"
    ]


def test_all_problems_are_told_at_once_in_the_order_of_lines():
    found = problems(
        changed(
            ("issuer: ANSM", "issuer: 1"),
            ("section: DEV-A", "section: NONE"),
            ("criteria: [integrity]\n  applies_when: [all]", "criteria: [beauty]"),
        )
    )

    lines = [int(text.removeprefix("line ").split(",")[0]) for text in found]
    assert len(found) == 4
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1: a mapping is expected at the top"),
        (b"- a\n", "line 1: a mapping is expected at the top"),
        (b"a: [1\n", "this is not YAML"),
        (b"a: 1\n---\nb: 2\n", "this is not YAML"),
        (b"a: 1\nb: \xff\n", "line 2: this is not UTF-8"),
        (SMALL.encode("utf-16"), "line 1: this is not UTF-8"),
        (b"a: 1\nb: \x00\n", "line 2: a character that no text holds (NUL)"),
        (b"a: &x [1]\nb: *x\n", "line 2: aliases are not allowed"),
        (b"a: &x {c: 1}\nb:\n  <<: *x\n", "line 3: aliases are not allowed"),
        (b"a: !!python/object/apply:os.system [x]\n", "line 1: tags are not allowed"),
        (b"a: 1\nb: 2\na: 3\n", "line 3, a: this key stands twice"),
        (b"[" * 20_000, "line 1: nested more than 20 levels deep"),
        (b"a" * (MAX_BYTES + 1), "the file has more than 5242880 bytes"),
    ],
)
def test_what_is_not_yaml_as_we_take_it_is_refused_with_its_line(content, reason):
    with pytest.raises(Unreadable) as caught:
        parse(content)

    assert reason in str(caught.value)


@pytest.mark.parametrize("content", [b"meta:\nsections:\nrecommendations:\n", b"meta: a\n1: 2\n"])
def test_the_wrong_kind_of_everything_is_told_and_nothing_breaks(content):
    assert problems(content)


def test_texts_come_out_in_one_unicode_form():
    file = parse(changed(("title_fr: Analyser les risques", "title_fr: Pre\u0301parer")))

    assert file.recommendations[0]["title_fr"] == "Pr\u00e9parer"


def test_windows_line_ends_and_a_byte_order_mark_change_nothing():
    assert parse(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()) == parse(SMALL.encode())


def test_a_day_may_be_written_without_quotes():
    assert parse(changed(("'2022-09-23'", "2022-09-23"))) == parse(SMALL.encode())
