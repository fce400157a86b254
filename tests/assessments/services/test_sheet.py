"""A spreadsheet comes back: read, confirmed, written as one step; or not at all."""

import csv
import datetime as dt
import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.audit.services import verify
from ansm_portal.permissions import Role
from assessments import tasks
from assessments.models import (
    Answer,
    Authorship,
    BulkChange,
    EvidenceLink,
    PhaseReview,
    SheetImport,
)
from assessments.services import sheet as services
from assessments.services.answer import save_answer
from assessments.services.bulk_undo import undo
from assessments.services.evidence import cite
from assessments.services.exporting import as_csv, lines_of
from assessments.services.review import accept_phase, submit
from assessments.services.sheet import SheetRefused, confirm, discard, read_back, retry, upload
from assessments.services.sheet_writing import change_key, write
from tests.factories import AssessmentFactory, CatalogueFactory, EvidenceFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3, "development": 2}))


@pytest.fixture
def author(assessment):
    return assessment.started_by


def answers_of(assessment):
    return Answer.objects.filter(assessment=assessment).order_by("position")


def changed(content, changes):
    """Return the file with cells changed: ``{line: {column: value}}``, lines from 0."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    for line, cells in changes.items():
        for label, value in cells.items():
            rows[line + 1][rows[0].index(label)] = value
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def sent(assessment, actor, changes, *, content=None):
    content = content or as_csv(answers_of(assessment))
    file = ContentFile(changed(content, changes), name="answers.csv")
    sheet = upload(assessment, file=file, actor=actor)
    read_back(sheet.pk)
    sheet.refresh_from_db()
    return sheet


def save(answer, actor, **said):
    answer.refresh_from_db()
    kept = {
        "verdict": answer.verdict,
        "justification": answer.justification,
        "owner_id": answer.owner_id,
        "due_on": answer.due_on,
    }
    return save_answer(answer.pk, revision=answer.revision, actor=actor, **(kept | said))


SAID = {"Verdict": "followed", "Justification": "As planned."}


def test_nothing_is_written_until_confirmed(assessment, author):
    sheet = sent(assessment, author, {0: SAID, 2: {"Due day": "2027-01-31"}})

    assert (sheet.state, [row["outcome"] for row in sheet.rows]) == (
        "ready",
        ["change", "unchanged", "change", "unchanged", "unchanged"],
    )
    assert not answers_of(assessment).exclude(verdict="not_assessed").exists()

    confirm(sheet.pk, actor=author)
    assert not answers_of(assessment).exclude(verdict="not_assessed").exists()
    write(sheet.pk)

    first, second, third, *_ = answers_of(assessment)
    sheet.refresh_from_db()
    assert (first.verdict, first.justification, first.revision) == ("followed", "As planned.", 2)
    assert first.justification_html == "<p>As planned.</p>\n"
    assert (first.answered_by, second.revision) == (author, 1)
    assert (third.due_on, third.answered_by) == (dt.date(2027, 1, 31), None)
    assert (sheet.state, sheet.rows[0]["outcome"]) == ("done", "written")


def test_a_written_sheet_is_one_event_and_one_change_to_undo(assessment, author):
    sheet = sent(assessment, author, {0: SAID, 3: SAID})
    confirm(sheet.pk, actor=author)
    write(sheet.pk)

    event = AuditEvent.objects.get(verb="answers.bulk")
    bulk = BulkChange.objects.get()
    first = answers_of(assessment)[0]
    assert event.target == f"assessments.bulkchange:{bulk.pk}"
    assert (event.data["kind"], bulk.kind, event.data["changes"]) == (
        "import",
        "import",
        bulk.changes,
    )
    assert bulk.changes[0] == {
        "answer": str(first.pk),
        "code": first.code,
        "revision": 2,
        "fields": {"verdict": ["not_assessed", "followed"], "justification": ["", "As planned."]},
    }
    assert verify(assessment.organisation_id).is_intact


def test_a_written_sheet_is_undone_as_one_step(assessment, author):
    sheet = sent(assessment, author, {0: SAID, 3: SAID | {"Due day": "2027-01-31"}})
    confirm(sheet.pk, actor=author)
    write(sheet.pk)

    undo(change_key(sheet), actor=author)

    assert {(a.verdict, a.justification, a.due_on) for a in answers_of(assessment)} == {
        ("not_assessed", "", None)
    }


def test_counters_and_authorship_follow(assessment, author):
    sheet = sent(assessment, author, {0: SAID, 1: {"Due day": "2027-01-31"}, 3: SAID})
    confirm(sheet.pk, actor=author)
    write(sheet.pk)

    reviews = PhaseReview.objects.filter(assessment=assessment, applicable__gt=0)
    assert {(r.phase, r.followed, r.not_assessed) for r in reviews} == {
        ("design", 1, 2),
        ("development", 1, 1),
    }
    wrote = set(Authorship.objects.filter(user=author).values_list("answer__position", flat=True))
    assert wrote == {1, 4}


def test_what_moved_between_dry_run_and_writing_is_left_and_reported(assessment, author):
    sheet = sent(assessment, author, {0: SAID, 1: SAID})
    save(answers_of(assessment)[0], author, verdict="adapted", justification="Hers.")
    confirm(sheet.pk, actor=author)
    write(sheet.pk)

    first, second, *_ = answers_of(assessment)
    sheet.refresh_from_db()
    assert (first.justification, second.justification) == ("Hers.", "As planned.")
    assert (sheet.rows[0]["outcome"], sheet.rows[0]["reason"]) == ("moved", "newer")
    assert [one["code"] for one in AuditEvent.objects.get(verb="answers.bulk").data["changes"]] == [
        second.code
    ]


def test_a_sheet_all_of_whose_answers_moved_writes_nothing(assessment, author):
    sheet = sent(assessment, author, {0: SAID})
    save(answers_of(assessment)[0], author, verdict="adapted", justification="Hers.")
    confirm(sheet.pk, actor=author)
    write(sheet.pk)

    sheet.refresh_from_db()
    assert (sheet.state, BulkChange.objects.count()) == ("done", 0)
    assert not AuditEvent.objects.filter(verb="answers.bulk").exists()


def test_a_conflict_shows_both_texts_and_is_never_written(assessment, author):
    content = as_csv(answers_of(assessment))
    first = answers_of(assessment)[0]
    save(first, author, verdict="adapted", justification="Hers.")
    changes = {0: {"Verdict": "followed", "Justification": "Mine."}, 1: SAID}
    sheet = sent(assessment, author, changes, content=content)

    assert sheet.rows[0]["outcome"] == "conflict"
    assert sheet.rows[0]["fields"]["justification"] == ["Hers.", "Mine."]
    confirm(sheet.pk, actor=author)
    write(sheet.pk)
    first.refresh_from_db()
    assert first.justification == "Hers."


def test_what_is_under_review_accepted_or_left_out_is_refused(assessment, author):
    for answer in answers_of(assessment):
        save(answer, author, verdict="followed", justification="As planned.")
    submit(PhaseReview.objects.get(assessment=assessment, phase="design").pk, actor=author)
    review = PhaseReview.objects.get(assessment=assessment, phase="development")
    submit(review.pk, actor=author)
    reviewer = MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user
    accept_phase(review.pk, actor=reviewer)
    Answer.objects.filter(position=1).update(is_applicable=False, state="open")

    sheet = sent(assessment, author, {n: {"Verdict": "adapted"} for n in range(5)})

    assert [row["reason"] for row in sheet.rows] == [
        "excluded",
        "submitted",
        "submitted",
        "accepted",
        "accepted",
    ]
    with pytest.raises(SheetRefused, match="No row"):
        confirm(sheet.pk, actor=author)


def test_keys_of_other_assessments_and_other_organisations_are_refused(assessment, author):
    other = AssessmentFactory(
        catalogue=assessment.catalogue,
        actor=author,
        device__organisation=assessment.organisation,
    )
    stranger = AssessmentFactory(catalogue=assessment.catalogue)
    rows = {
        0: {"Key": str(answers_of(other)[0].pk)},
        1: {"Key": str(answers_of(stranger)[1].pk)},
        2: {"Key": "nonsense"},
    }
    from ansm_portal.tenancy import scoped_to

    with scoped_to([assessment.organisation_id]):
        sheet = sent(assessment, author, {n: cells | SAID for n, cells in rows.items()})

    assert [row.get("reason") for row in sheet.rows][:3] == ["elsewhere", "unknown", "unknown"]


def test_an_owner_is_a_member(assessment, author):
    auditor = MembershipFactory(organisation=assessment.organisation, role=Role.AUDITOR).user
    sheet = sent(
        assessment,
        author,
        {
            0: {"Owner (e-mail)": author.email.upper()},
            1: {"Owner (e-mail)": auditor.email},
            2: {"Owner (e-mail)": MembershipFactory().user.email},
        },
    )
    assert [row["outcome"] for row in sheet.rows][:3] == ["change", "refused", "refused"]


def test_an_owner_who_left_before_writing_is_not_put_in(assessment, author):
    membership = MembershipFactory(organisation=assessment.organisation)
    sheet = sent(assessment, author, {0: {"Owner (e-mail)": membership.user.email}})
    confirm(sheet.pk, actor=author)
    membership.delete()
    write(sheet.pk)
    sheet.refresh_from_db()
    assert (sheet.rows[0]["outcome"], sheet.rows[0]["reason"]) == ("moved", "owner")


def test_only_who_uploaded_confirms(assessment, author):
    sheet = sent(assessment, author, {0: SAID})
    colleague = MembershipFactory(organisation=assessment.organisation).user
    with pytest.raises(SheetRefused, match="alone can confirm"):
        confirm(sheet.pk, actor=colleague)
    confirm(sheet.pk, actor=author)
    with pytest.raises(SheetRefused, match="being written"):
        confirm(sheet.pk, actor=author)


def test_writing_twice_writes_once(assessment, author):
    sheet = sent(assessment, author, {0: SAID})
    write(sheet.pk)
    assert answers_of(assessment)[0].revision == 1
    confirm(sheet.pk, actor=author)
    write(sheet.pk)
    write(sheet.pk)
    assert answers_of(assessment)[0].revision == 2
    assert BulkChange.objects.count() == 1


def test_a_wrong_file_is_refused_with_its_reason(assessment, author):
    sheet = upload(assessment, file=ContentFile(b"\x89PNG\xff", name="plan.xlsx"), actor=author)
    read_back(sheet.pk)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.rows) == ("failed", [])
    assert "neither a workbook nor CSV" in sheet.failure


@pytest.mark.parametrize(("size", "sentence"), [(0, "empty"), (11_000_000, "larger than 10 MB")])
def test_a_file_of_a_wrong_size_is_not_kept(assessment, author, size, sentence):
    with pytest.raises(SheetRefused, match=sentence):
        upload(assessment, file=ContentFile(b"x" * size, name="a.csv"), actor=author)
    assert not SheetImport.objects.exists()


def test_a_discarded_file_is_not_kept(assessment, author, django_capture_on_commit_callbacks):
    sheet = sent(assessment, author, {0: SAID})
    with django_capture_on_commit_callbacks(execute=True):
        discard(sheet.pk, actor=author)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.rows) == ("discarded", [])
    assert not default_storage.exists(str(sheet.file))
    with pytest.raises(SheetRefused):
        confirm(sheet.pk, actor=author)


@pytest.mark.parametrize("state", ["queued", "reading", "writing"])
def test_what_the_worker_was_killed_in_is_started_again(
    assessment, author, state, django_capture_on_commit_callbacks
):
    sheet = sent(assessment, author, {0: SAID})
    if state == "writing":
        confirm(sheet.pk, actor=author)
    SheetImport.objects.filter(pk=sheet.pk).update(state=state)
    with pytest.raises(SheetRefused, match="still at work"):
        retry(sheet.pk, actor=author)
    long_ago = timezone.now() - services.STALLED_AFTER * 2
    SheetImport.objects.filter(pk=sheet.pk).update(uploaded_at=long_ago, finished_at=None)

    with django_capture_on_commit_callbacks(execute=True):
        retry(sheet.pk, actor=author)

    sheet.refresh_from_db()
    assert sheet.state == ("done" if state == "writing" else "ready")


def test_what_breaks_fails_with_a_sentence_and_writes_nothing(
    assessment, author, monkeypatch, caplog
):
    sheet = sent(assessment, author, {0: SAID})
    confirm(sheet.pk, actor=author)

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("assessments.services.sheet_writing._tell", broken)
    tasks.write_sheet.call(str(sheet.pk), str(assessment.organisation_id))

    sheet.refresh_from_db()
    assert sheet.state == "failed"
    assert "unexpected" in sheet.failure
    assert answers_of(assessment)[0].verdict == "not_assessed"
    assert "could not be worked on" in caplog.text


def test_a_line_names_evidence_owner_and_whether_it_may_change(assessment, author):
    first = answers_of(assessment)[0]
    for _ in range(2):
        evidence = EvidenceFactory(organisation=assessment.organisation, added_by=author)
        cite(first.pk, evidence=evidence, actor=author)
    save(first, author, owner_id=author.pk)
    labels = sorted(link.evidence.label for link in EvidenceLink.objects.all())
    found = lines_of(answers_of(assessment))[0]
    assert (found.evidence, found.owner, found.may_change) == (
        ", ".join(labels),
        author.email,
        True,
    )


def test_the_queries_of_an_export_do_not_grow_with_its_rows(django_assert_num_queries):
    for size in (1, 3):
        assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": size}))
        with django_assert_num_queries(3):
            assert len(lines_of(answers_of(assessment))) == size
