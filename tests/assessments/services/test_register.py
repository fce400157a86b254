"""The register of what was issued, as whoever has a file may ask it."""

import datetime as dt
import hashlib
import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from ansm_portal import tenancy
from assessments.dossier.report import Report, Sentence, Standing, Verdict
from assessments.dossier.standing import Copy, Registration, judged
from assessments.services import register
from assessments.services.register import _File, look_up
from tests.assessments.views.test_dossier import dossier_of
from tests.factories import AssessmentFactory, CatalogueFactory

pytestmark = pytest.mark.django_db

CONTENT = b"%PDF-1.7 a dossier, its seal, a time stamp"
RECORD = "4" * 64


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def issued():
    assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))
    path = f"dossiers/{assessment.pk}.pdf"
    default_storage.save(path, ContentFile(CONTENT))
    return dossier_of(
        assessment,
        state="issued",
        issued_at=dt.datetime(2026, 3, 2, 23, 30, tzinfo=dt.UTC),
        file=path,
        file_sha256=sha256(CONTENT),
        size_bytes=len(CONTENT),
        snapshot="{}",
        snapshot_sha256=RECORD,
    )


def asked(content, record=RECORD):
    report = Report(
        Verdict.INTACT,
        Sentence("It is."),
        number="D-2026-0001",
        file_sha256=sha256(content),
        record_sha256=record,
    )
    with tenancy.no_organisation():  # as a stranger asks
        return look_up(report, io.BytesIO(content))


@pytest.mark.usefixtures("issued")
@pytest.mark.parametrize(
    ("content", "copy"),
    [
        (CONTENT, Copy.ISSUED),
        (CONTENT[:-14], Copy.CUT),
        (CONTENT + b", another", Copy.EXTENDED),
        (CONTENT[:-1] + b"!", Copy.OTHER),
        (CONTENT[:-14] + b"!", Copy.OTHER),
        (CONTENT[:-1] + b"! and more", Copy.OTHER),
    ],
)
def test_a_file_is_compared_with_the_one_that_was_issued(content, copy):
    found = asked(content)

    assert found.copy is copy
    assert (found.number, found.issued_on) == ("D-2026-0001", dt.date(2026, 3, 3))


def test_without_the_file_that_was_issued_nobody_says_cut(issued):
    default_storage.delete(issued.file)

    assert asked(CONTENT[:-14]).copy is Copy.OTHER


def test_a_file_that_was_issued_before_the_latest_is_known(issued, monkeypatch):
    earlier = CONTENT[:-14]
    files = [
        _File("earlier.pdf", sha256(earlier), len(earlier)),
        _File("latest.pdf", sha256(CONTENT), len(CONTENT)),
    ]
    monkeypatch.setattr(register, "_files", lambda _: files)

    assert asked(earlier).copy is Copy.EARLIER
    assert asked(CONTENT).copy is Copy.ISSUED


@pytest.mark.usefixtures("issued")
def test_a_file_is_found_without_its_record_and_not_without_both():
    assert asked(CONTENT, record="").copy is Copy.ISSUED
    assert asked(b"%PDF-1.7 another", record="") is None
    assert asked(b"%PDF-1.7 another", record="5" * 64) is None


@pytest.mark.parametrize("copy", Copy)
@pytest.mark.parametrize("ended", [{}, {"superseded_by": "D-2026-0002"}, {"is_withdrawn": True}])
def test_each_standing_is_told_in_one_sentence(copy, ended):
    day = dt.date(2026, 3, 2)
    ended |= {"ended_on": day} if ended else {}
    registration = Registration("D-2026-0001", day, copy, **ended)
    report = judged(Report(Verdict.INTACT, Sentence("It is."), number="D-2026-0001"), registration)

    assert "D-2026-0001 is intact" in str(report.sentence)
    assert report.verdict is Verdict.INTACT
    assert report.standing is registration.standing
    assert (report.standing is Standing.CURRENT) == (copy is Copy.ISSUED and not ended)
    assert all(str(check.finding) for check in report.checks)
