"""What changed between the records of two dossiers, and the chapter that says so."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from assessments.dossier.changed import Move
from assessments.dossier.changes import NotComparable, changes_between
from assessments.dossier.edition import Text
from assessments.dossier.html import render
from assessments.dossier.snapshot import from_json, to_canonical_json
from tests.assessments.dossier import samples

EARLIER = samples.snapshot()
LATER_AT = samples.NOON + dt.timedelta(days=30)


def plain(snapshot):
    return to_canonical_json(snapshot).decode()


def between(before, after):
    before = before if isinstance(before, str) else plain(before)
    return changes_between(before, plain(after), snapshot_sha256=samples.DIGEST)


def with_first(snapshot, **changes):
    """Return the snapshot with another answer to its first recommendation."""
    phase = snapshot.phases[0]
    first, *others = phase.sections[0].entries
    entries = (replace(first, answer=replace(first.answer, **changes)), *others)
    section = replace(phase.sections[0], entries=entries)
    return replace(snapshot, phases=(replace(phase, sections=(section,)), *snapshot.phases[1:]))


def later(**changes):
    return replace(EARLIER, number="D-2026-0002", issued_at=LATER_AT, **changes)


def test_a_record_differs_from_itself_in_nothing():
    found = between(EARLIER, EARLIER)
    assert (found.moves, found.entries, found.evidence, found.remarks, found.actions) == ((),) * 5
    assert (found.approvals, found.restated, found.members_left, found.members_new) == ((),) * 4
    assert sum(phase.alike for phase in found.phases) == 6  # one of seven applies in neither
    assert (found.number, found.snapshot_sha256) == ("D-2026-0001", samples.DIGEST)


def test_an_answer_differs_in_verdict_text_and_evidence():
    now = with_first(
        later(),
        verdict="adapted",
        justification="The analysis covers **most** interfaces.",
        evidence=("EV-0002",),
        owner="Dominique Petit",
        state="open",
    )
    [entry] = between(EARLIER, now).entries
    assert (entry.kind, entry.code, entry.title) == (
        "changed",
        "ANSM-CON-01",
        Text("Title of ANSM-CON-01 (fr)", "Title of ANSM-CON-01"),
    )
    assert entry.moves == (
        Move("verdict", "followed", "adapted"),
        Move("owner", "Camille Martin", "Dominique Petit"),
    )
    assert "all" in entry.justification_before
    assert "most" in entry.justification_after
    assert (entry.evidence_came, entry.evidence_went) == (("EV-0002",), ("EV-0001",))
    design = between(EARLIER, now).phases[0]
    assert {(one.verdict, one.before, one.after) for one in design.verdicts} == {
        ("followed", 1, 0),
        ("adapted", 0, 1),
        ("partly_followed", 1, 1),
    }
    assert (design.accepted_before, design.accepted_after, design.changed) == (2, 1, 1)


def test_a_text_that_is_the_same_is_not_kept_twice():
    [entry] = between(EARLIER, with_first(later(), verdict="adapted")).entries
    assert (entry.justification_before, entry.justification_after) == ("", "")


def test_recommendations_of_one_edition_only_are_new_or_gone():
    extra = samples.phase("design", entries=(samples.entry("ANSM-NEW-01"),))
    now = later(phases=(extra, *EARLIER.phases[1:]))
    kinds = {entry.code: entry.kind for entry in between(EARLIER, now).entries}
    assert kinds == {
        "ANSM-NEW-01": "added",
        "ANSM-CON-01": "removed",
        "ANSM-CON-02": "removed",
    }


def test_a_phase_of_one_record_only_is_named_and_not_compared():
    found = between(EARLIER, later(phases=EARLIER.phases[1:]))
    assert (found.phases_left, found.phases_new, found.entries) == (("design",), (), ())


def test_device_profile_review_and_edition_differ():
    now = later(
        device=replace(EARLIER.device, device_class="III"),
        version=replace(EARLIER.version, label="3.3.0", facts=("connected", "wireless")),
        phases=(replace(EARLIER.phases[0], review=EARLIER.phases[1].review), *EARLIER.phases[1:]),
        is_provisional=False,
    )
    assert between(EARLIER, now).moves == (
        Move("device.device_class", "IIb", "III"),
        Move("version.label", "3.2.0", "3.3.0"),
        Move("fact.wireless", "no", "yes"),
        Move("is_provisional", "yes", "no"),
        Move("review.design", "signed", "open"),
    )


def test_evidence_comes_goes_and_is_superseded():
    now = later(evidence=(samples.evidence(superseded_by="EV-0003"), samples.evidence("EV-0003")))
    found = {one.number: (one.kind, one.superseded_by) for one in between(EARLIER, now).evidence}
    assert found == {
        "EV-0001": ("superseded", "EV-0003"),
        "EV-0002": ("removed", ""),
        "EV-0003": ("added", ""),
    }


def test_remarks_are_known_again_although_each_dossier_numbers_them_anew():
    closed = samples.remark(number="R-2", closed_at=LATER_AT)
    new = samples.remark(number="R-1", raised_at=LATER_AT, raised_by="Anne Roux, Notified body")
    found = between(EARLIER, later(remarks=(new, closed))).remarks
    assert [(one.kind, one.number) for one in found] == [("opened", "R-1"), ("closed", "R-2")]
    assert [one.kind for one in between(EARLIER, later(remarks=())).remarks] == ["left"]
    reopened = between(replace(EARLIER, remarks=(closed,)), later()).remarks
    assert [one.kind for one in reopened] == ["reopened"]


def test_actions_move_and_signatures_are_made_and_voided():
    now = later(
        actions=(samples.action(state="checked"), samples.action(number="A-0002", state="open")),
        approvals=(
            samples.approval(voided_at=LATER_AT, void_reason="Changed."),
            samples.approval(signed_at=LATER_AT),
        ),
    )
    found = between(EARLIER, now)
    assert [(one.number, one.before, one.after) for one in found.actions] == [
        ("A-0001", "done", "checked"),
        ("A-0002", "", "open"),
    ]
    assert [one.kind for one in found.approvals] == ["voided", "signed"]


def version_3():
    """Return the record as the edition before wrote it."""
    record = json.loads(plain(EARLIER)) | {"schema_version": "3"}
    del record["changes"]
    for remark in record["remarks"]:
        del remark["dossier"]
    return json.dumps(record)


def test_a_record_of_the_version_before_compares_and_says_what_it_lacks():
    found = between(version_3(), with_first(later(), verdict="adapted"))
    assert [entry.code for entry in found.entries] == ["ANSM-CON-01"]
    assert (found.schema_version, found.members_left) == ("3", ())
    assert set(found.members_new) == {"changes", "remarks.[].dossier"}


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"phases": 1}', "null"])
def test_what_is_no_record_is_refused_with_a_sentence(record):
    with pytest.raises(NotComparable, match="cannot be compared"):
        between(record, EARLIER)


def annexed(language="en"):
    now = with_first(
        later(language=language), verdict="adapted", justification="Covers <most> of it."
    )
    return replace(now, changes=between(EARLIER, now))


def test_the_changes_are_part_of_the_record():
    snapshot = annexed()
    assert from_json(to_canonical_json(snapshot)) == snapshot


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "What changed since dossier D-2026-0001"),
        ("fr", "Ce qui a changé depuis le dossier D-2026-0001"),
    ],
)
def test_a_chapter_tells_them_word_by_word(language, title):
    page = render(annexed(language))
    assert page.count(title) == 2  # in the contents, and above the chapter
    assert "<ins>&lt;most&gt;</ins>" in page or "&lt;most&gt;" in page
    assert "<del>" in page
    assert "<most>" not in page
    assert samples.DIGEST in page


def test_a_dossier_compared_with_none_has_no_such_chapter():
    assert 'id="changes"' in render(annexed())
    assert 'id="changes"' not in render(later())
