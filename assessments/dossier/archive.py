"""What lets a signature be validated in years, and a time stamp over it: PAdES B-LTA.

One revision holds both, whatever the number of signatures: certificates and lists of revoked
ones (the DSS), then the time stamp of the document, last in the file. Speaks to the network.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import IO, Any, Final

from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SignedDataCerts, extract_certificate_info
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings
from pyhanko.sign.validation.dss import collect_validation_info
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from assessments.dossier.algorithms import SEAL_DIGEST
from assessments.dossier.authority import TimeAuthority
from assessments.dossier.identity import as_asn1, top_of
from assessments.dossier.network import session

ARCHIVE_FIELD: Final = "archive-"  # and a number
_SETTINGS: Final = TimestampDSSContentSettings(update_before_ts=True, include_vri=False)


async def archive(file: IO[bytes], authority: TimeAuthority) -> None:
    """Add a further archive time stamp to ``file``; the bytes so far stay its prefix.

    What an earlier time stamp of the document covers has what validates it already. A
    certificate that says where lists of revoked ones are is asked about, and must be answered.

    Raises:
        PathError, ValidationError, SigningError: a certificate was revoked, or nothing tells.
        NotStamped: the authority gave no time stamp.
    """
    file.seek(0)
    reader = PdfFileReader(file)
    stamps = reader.embedded_timestamp_signatures
    open_ones = [stamps[-1]] if stamps else reader.embedded_regular_signatures
    tops = [
        top_of(one.signer_cert, one.other_certs) for each in open_ones for one in _signers(each)
    ]
    roots = {top.sha256: top for top in tops}
    async with session() as opened:
        context = ValidationContext(
            trust_roots=[*roots.values(), *map(as_asn1, authority.certificates)],
            other_certs=[other for each in open_ones for other in _beside(each)],
            allow_fetching=True,
            fetcher_backend=AIOHttpFetcherBackend(opened),
            revocation_mode="hard-fail",
        )
        paths = [
            path for each in open_ones for path in await collect_validation_info(each, context)
        ]
        stamper = PdfTimeStamper(
            authority.stamper(lambda: dt.datetime.now(dt.UTC)),
            field_name=f"{ARCHIVE_FIELD}{len(stamps) + 1}",
        )
        await stamper.async_timestamp_pdf(
            IncrementalPdfFileWriter.from_reader(reader),
            md_algorithm=SEAL_DIGEST,
            validation_context=context,
            validation_paths=paths,
            in_place=True,
            dss_settings=_SETTINGS,
        )


def _signers(signature: Any) -> Iterator[SignedDataCerts]:
    """Yield who signed; the authority of a time stamp has to be vouched for by somebody else."""
    if signature.sig_object_type != "/DocTimeStamp":
        yield extract_certificate_info(signature.signed_data)


def _beside(signature: Any) -> list[Certificate]:
    return list(extract_certificate_info(signature.signed_data).other_certs)
