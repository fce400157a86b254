"""Issued dossiers with records, and terms of links to them."""

import datetime as dt
import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from assessments.dossier.snapshot import digest, to_canonical_json
from assessments.models import Dossier, Evidence
from assessments.services.dossier_link import Terms
from tests.assessments.dossier import samples

PDF = b"%PDF-1.7 looks like a dossier"
RISKS = b"%PDF-1.7 risks, revision C"


def record_of(assessment, number, **changes):
    """Return a record whose only recommendation is the first of the assessment."""
    code = assessment.answers.order_by("position").first().code
    entry = samples.entry(code, evidence=("EV-0001",), **changes)
    document = samples.evidence("EV-0002", kind="reference", sha256="", reference="DOC-7")
    return samples.snapshot(
        number=number,
        phases=(samples.phase("design", entries=(entry,)),),
        evidence=(
            samples.evidence(sha256=hashlib.sha256(RISKS).hexdigest()),
            samples.replace(document, file_name=""),
        ),
    )


def issue(assessment, serial=1, *, minutes=0, language="en", content=None, **changes):
    """Return an issued dossier; ``changes`` are of its only answer."""
    number = f"D-2026-{serial:04d}"
    content = content or to_canonical_json(record_of(assessment, number, **changes))
    path = default_storage.save(f"dossiers/{assessment.pk}-{serial}.pdf", ContentFile(PDF))
    return Dossier.objects.create(
        organisation=assessment.organisation,
        assessment=assessment,
        year=2026,
        serial=serial,
        language=language,
        requested_by=assessment.started_by,
        state="issued",
        issued_at=samples.NOON + dt.timedelta(minutes=minutes),
        snapshot=content.decode(),
        snapshot_sha256=digest(content),
        file=path,
        file_sha256=hashlib.sha256(PDF).hexdigest(),
        size_bytes=len(PDF),
    )


def evidence_of(assessment, content=RISKS, number=1):
    return Evidence.objects.create(
        organisation=assessment.organisation,
        number=number,
        kind="file",
        title="Risks",
        file=default_storage.save(f"evidence/{assessment.pk}-{number}", ContentFile(content)),
        file_name="risks.pdf",
        media_type="application/pdf",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_by=assessment.started_by,
    )


def terms(**changes):
    usual = {
        "name": "Anne Roux",
        "body": "Notified body",
        "email": "anne.roux@example.org",
        "purpose": "Audit of 2026",
        "language": "en",
        "ends_on": timezone.localdate() + dt.timedelta(days=30),
        "with_evidence": True,
        "with_remarks": True,
        "with_comparison": False,
    }
    return Terms(**usual | changes)
