import datetime as dt
import errno
import hashlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from ansm_portal.errors import PortalError
from ansm_portal.permissions import Role
from assessments.models import Evidence, PhaseReview
from assessments.services.answer import save_answer
from assessments.services.evidence import (
    Document,
    add_file,
    cite,
    reopen_for_expired,
    store_file,
    supersede,
    uncite,
)
from assessments.services.review import accept_phase, submit
from tests.factories import AssessmentFactory, EvidenceFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory()


@pytest.fixture
def author(assessment):
    return assessment.started_by


def keep(content, assessment, name="report.txt"):
    stored = store_file(ContentFile(content, name=name), organisation_id=assessment.organisation_id)
    return add_file(
        stored,
        document=Document(title=name),
        organisation=assessment.organisation,
        actor=assessment.started_by,
    )


def test_each_revision_of_a_file_carries_its_own_digest(assessment):
    """The best peer hashes the file that had the name before (design: peers 4.3)."""
    first, second = b"first revision", b"second revision"
    old, new = keep(first, assessment), keep(second, assessment)

    for evidence, content in ((old, first), (new, second)):
        assert evidence.sha256 == hashlib.sha256(content).hexdigest()
        with default_storage.open(evidence.file) as file:
            assert file.read() == content


def test_the_content_of_evidence_never_changes(assessment):
    evidence = keep(b"content", assessment)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).update(sha256="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        evidence.delete()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "empty"),
        ("report.pdf", b"PK\x03\x04 a zip", "not what its name says"),
        ("photo.png", b"<html>", "not what its name says"),
    ],
)
def test_a_file_is_refused_with_a_sentence(assessment, name, content, reason):
    with pytest.raises(PortalError, match=reason):
        keep(content, assessment, name)
    assert not Evidence.objects.exists()


def test_a_file_over_the_limit_is_refused(assessment, settings):
    settings.EVIDENCE_MAX_BYTES = 10
    with pytest.raises(PortalError, match="at most"):
        keep(b"eleven byte", assessment)


def test_a_full_disk_is_said_and_leaves_nothing_behind(assessment, monkeypatch):
    import os

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PortalError, match="disk is full"):
        keep(b"a content nobody stored before", assessment)
    digest = hashlib.sha256(b"a content nobody stored before").hexdigest()
    folder = f"evidence/{assessment.organisation_id}/{digest[:2]}"
    assert default_storage.listdir(folder) == ([], [])


def test_numbers_follow_each_other_within_an_organisation(assessment):
    other = AssessmentFactory()
    numbers = [keep(content, assessment).number for content in (b"a", b"b")]
    assert (numbers, keep(b"c", other).number) == ([1, 2], 1)


def test_citing_twice_counts_once_and_uncite_takes_it_back(assessment, author):
    answer, evidence = assessment.answers.first(), keep(b"x", assessment)
    cite(answer.pk, evidence=evidence, actor=author)
    assert cite(answer.pk, evidence=evidence, actor=author).evidence_count == 1
    assert uncite(answer.pk, evidence=evidence, actor=author).evidence_count == 0


@pytest.fixture
def accepted(assessment, author):
    """Return an accepted answer that rests on one piece of evidence."""
    review = PhaseReview.objects.get(assessment=assessment, phase="design")
    evidence = EvidenceFactory(
        organisation=assessment.organisation, added_by=author, expires_on=dt.date(2026, 6, 30)
    )
    for answer in assessment.answers.filter(phase="design"):
        save_answer(
            answer.pk,
            revision=answer.revision,
            verdict="followed",
            justification="",
            owner_id=None,
            due_on=None,
            actor=author,
        )
        cite(answer.pk, evidence=evidence, actor=author)
    submit(review.pk, actor=author)
    reviewer = MembershipFactory(organisation=assessment.organisation, role=Role.REVIEWER).user
    accept_phase(review.pk, actor=reviewer)
    return review, evidence


def test_superseding_reopens_what_was_accepted_on_the_old_piece(accepted, author):
    review, old = accepted
    new = EvidenceFactory(organisation=old.organisation, added_by=author)

    supersede(old, by=new, actor=author)

    review.refresh_from_db()
    answers = list(review.assessment.answers.filter(phase="design"))
    assert review.state == "open"
    assert {answer.state for answer in answers} == {"open"}
    assert all(old.label in answer.reopened_reason for answer in answers)
    assert {link.evidence for answer in answers for link in answer.evidence_links.all()} == {new}
    with pytest.raises(PortalError, match="newer"):
        supersede(old, by=new, actor=author)


def test_evidence_that_expires_reopens_what_rests_on_it(accepted):
    review, evidence = accepted
    assert len(reopen_for_expired(evidence)) == 2
    review.refresh_from_db()
    assert review.state == "open"
    assert reopen_for_expired(evidence) == []
