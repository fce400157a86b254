"""Dossiers without their pages: a blank one with a field for the seal, made in no time."""

import hashlib
import io
from types import SimpleNamespace

import pikepdf
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from assessments.dossier.render import Progress
from assessments.dossier.report import Verdict


def render(_page, target, *, watch, **_how):
    watch(Progress(page=1))
    watch(Progress(page=1, is_writing=True))
    blank = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(blank)
    writer = IncrementalPdfFileWriter(blank)
    append_signature_field(writer, SigFieldSpec("seal", box=(10, 10, 200, 60)))
    with target.open("wb") as out:
        writer.write(out)
    return 1


def verify(path, *, trust):
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return SimpleNamespace(verdict=Verdict.INTACT, file_sha256=sha256)


def use():
    """Have this process make dossiers so."""
    from assessments.services import attempt, issuing

    attempt.ASKING_SECONDS = 0
    issuing.to_file, issuing.verify_file = render, verify
