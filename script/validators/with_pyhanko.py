"""pyHanko's own validation of dossiers: ``python -m script.validators.with_pyhanko CERT FILE...``.

Nothing of ours takes part. Each signature and time stamp must hold, be trusted (``CERT``: PEM),
and be followed only by changes that are allowed after it; the last one covers the whole file.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    SignatureCoverageLevel,
    validate_pdf_signature,
    validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko_certvalidator import ValidationContext


def judged(path: Path, roots: list[x509.Certificate]) -> Iterator[tuple[bool, str]]:
    """Yield of each signature whether pyHanko takes it, and what it says."""
    with path.open("rb") as file:
        reader = PdfFileReader(file)
        found = reader.embedded_signatures
        if not found:
            yield False, "no signature"
        for signature in found:
            try:
                yield _judge(signature, _context(reader, roots))
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is not valid
                yield False, f"{signature.field_name}: {type(error).__name__} {error}"
        whole = SignatureCoverageLevel.ENTIRE_FILE
        if found and found[-1].evaluate_signature_coverage() != whole:
            yield False, "the last one does not cover the whole file"


def _judge(signature: Any, context: ValidationContext) -> tuple[bool, str]:
    if signature.sig_object_type == "/DocTimeStamp":
        status: Any = validate_pdf_timestamp(signature, context)
        is_good = status.intact and status.valid and status.trusted
    else:
        status = validate_pdf_signature(signature, context, context)
        is_good = status.bottom_line
    level = getattr(status.modification_level, "name", "nothing to compare")
    return is_good, f"{signature.field_name}: {status.summary()}, {level}"


def _context(reader: PdfFileReader, roots: list[x509.Certificate]) -> ValidationContext:
    """Trust ``roots``; what tells of revoked certificates is in the file, or nowhere."""
    options = {"trust_roots": roots, "allow_fetching": False}
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return ValidationContext(**options, revocation_mode="soft-fail")
    return store.as_validation_context(options | {"revocation_mode": "hard-fail"})


def main() -> None:
    """Judge each file; the status says whether all are good."""
    logging.disable(logging.CRITICAL)
    trusted, *files = map(Path, sys.argv[1:])
    blocks = pem.unarmor(trusted.read_bytes(), multiple=True)
    roots = [x509.Certificate.load(content) for _kind, _headers, content in blocks]
    passed = True
    for path in files:
        print(path.name)
        for good, said in judged(path, roots):
            print(f"  {'pyHanko':18} {'pass' if good else 'FAIL'}  {said}")
            passed &= good
    sys.exit(not passed)


if __name__ == "__main__":
    main()
