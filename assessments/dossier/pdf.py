"""HTML to PDF/A-3a and PDF/UA-1 in one file: what WeasyPrint does not do out of the box.

Equal input gives equal bytes. No Django, no database, no network: this module runs in a
throw-away process (:mod:`assessments.dossier.worker`).
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import types
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pydyf
import weasyprint
from weasyprint.text.ffi import harfbuzz_subset
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# ISO 32000-1, table 165: printed, and its contents locked.
_PRINTED_AND_LOCKED: Final = 4 | 128

_SEAL_FIELD: Final = "seal"

_NAMESPACES: Final = (
    b' xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    b' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    b' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    b' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"'
)
# PDF/A allows the mark of PDF/UA only when its schema is described.
_UNIVERSAL_ACCESS: Final = b"""<rdf:Description rdf:about="" pdfuaid:part="1" />\
<rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag>\
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema\
</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/\
</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>PDF/UA part number</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>\
</rdf:Description>"""


class NotRendered(Exception):
    """The document would not be complete or not be archival; the message says why."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file carried inside the PDF; ``relationship`` as in ISO 19005-3, annex E."""

    name: str
    description: str
    relationship: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Rendering:
    """A finished, unsealed PDF."""

    content: bytes
    pages: int


class StylesOnly(URLFetcher):
    """Serve the files under ``root`` and refuse every other address, fatally.

    Any other exception would be logged by WeasyPrint and the file left out.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(allowed_protocols={"file"}, allow_redirects=False, fail_on_errors=True)
        self.root = root.resolve()

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(self.root):
            raise FatalURLFetchingError(f"A dossier refers to nothing outside itself: {url}")
        response: URLFetcherResponse = super().fetch(url, headers)
        return response


def render(
    html: str, *, styles: Path, attachments: Sequence[Attachment], instant: dt.datetime
) -> Rendering:
    """Return the PDF of a dossier; ``instant`` is the date of its attachments.

    Raises:
        NotRendered: WeasyPrint reported something, or the document refers to a foreign address.
    """
    if harfbuzz_subset is None:
        raise NotRendered("libharfbuzz-subset is not installed; equal dossiers would differ.")
    fetcher = StylesOnly(styles)
    with _no_warnings(), _pages_named_once():
        try:
            document = weasyprint.HTML(
                string=html, base_url=fetcher.root.as_uri() + "/", url_fetcher=fetcher
            ).render(font_config=FontConfiguration(), pdf_forms=True)
            metadata = document.metadata
            metadata.generate_rdf_metadata = types.MethodType(_rdf_metadata, metadata)
            metadata.attachments = [_attached(one, instant) for one in _by_name(attachments)]
            content = document.write_pdf(pdf_variant="pdf/a-3a", pdf_forms=True, finisher=_finish)
        except FatalURLFetchingError as error:
            raise NotRendered(str(error)) from error
    return Rendering(content, len(document.pages))


def _by_name(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Sort the attachments: their name tree must be."""
    return sorted(attachments, key=lambda attachment: attachment.name)


def _attached(attachment: Attachment, instant: dt.datetime) -> weasyprint.Attachment:
    # Its dates would be those of the rendering.
    return weasyprint.Attachment(
        file_obj=io.BytesIO(attachment.content),
        name=attachment.name,
        description=attachment.description,
        relationship=attachment.relationship,
        created=instant,
        modified=instant,
    )


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Refuse what WeasyPrint only warns of: a lost stylesheet leaves a normal-looking PDF."""
    collector, logger = _Collector(), logging.getLogger("weasyprint")
    logger.addHandler(collector)
    try:
        yield
    finally:
        logger.removeHandler(collector)
    if collector.messages:
        raise NotRendered("; ".join(collector.messages))


@contextmanager
def _pages_named_once() -> Iterator[None]:
    """Keep the names of the pages.

    pydyf makes those of all pages anew for each element of the structure, a time that grows
    with the square of the pages.
    """
    anew = pydyf.PDF.page_references

    def kept(pdf: Any) -> tuple[bytes, ...]:
        named: tuple[bytes, ...] = getattr(pdf, "named", ())
        if len(named) != pdf.pages["Count"]:
            named = pdf.named = anew.fget(pdf)
        return named

    pydyf.PDF.page_references = property(kept)
    try:
        yield
    finally:
        pydyf.PDF.page_references = anew


def _rdf_metadata(self: Any, variant: str, version: int, conformance: str) -> bytes:
    """Add the mark of PDF/UA-1 inside the one ``rdf:RDF`` that validators read."""
    rdf: bytes = type(self).generate_rdf_metadata(self, variant, version, conformance)
    marked = rdf.replace(b"<rdf:RDF", b"<rdf:RDF" + _NAMESPACES, 1)
    return marked.replace(b"</rdf:RDF>", _UNIVERSAL_ACCESS + b"</rdf:RDF>")


def _finish(_document: Any, pdf: Any) -> None:
    """Bring WeasyPrint's objects to what PDF/A-3a, PDF/UA-1 and pyHanko ask for."""
    pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))
    # PDF/A forbids both; without text fields nothing needs them.
    for name in ("NeedAppearances", "DR"):
        pdf.catalog["AcroForm"].pop(name, None)
    fields = []
    for item in list(pdf.objects):
        if isinstance(item, pydyf.Stream) and item.extra.get("Type") == "/Metadata":
            item.compress = False  # readable by tools that know no PDF
        elif isinstance(item, pydyf.Stream) and item.compress:
            _compress(item)
        elif isinstance(item, dict) and item.get("FT") == "/Tx":
            _turn_into_signature_field(item, pdf)
            fields.append(item)
        elif isinstance(item, dict) and item.get("S") == "/Form":
            # pyHanko's difference analysis knows K as a reference, not as a list of one.
            (item["K"],) = item["K"]
        elif isinstance(item, dict) and item.get("S") == "/TR":
            _say_what_heads_are_about(item, pdf)
    if len(fields) > 1:
        _lock_by_the_last(fields)
    _write_plain_cross_references(pdf)


def _compress(stream: Any) -> None:
    """Compress as zlib does unless told otherwise.

    pydyf's highest level takes twice as long, for half a percent of the file.
    """
    stream.compress = False
    stream.stream = [zlib.compress(b"\n".join(map(pydyf._to_bytes, stream.stream)))]  # noqa: SLF001 -- what it would write
    stream.extra["Filter"] = "/FlateDecode"


def _say_what_heads_are_about(row: Any, pdf: Any) -> None:
    """Give the heads in a row of a table their scope: WeasyPrint only links cells to them."""
    cells = [pdf.objects[int(reference.split()[0])] for reference in row["K"]]
    scope = "/Row" if any(cell["S"] == "/TD" for cell in cells) else "/Column"
    for cell in cells:
        if cell["S"] == "/TH":
            cell["A"]["Scope"] = scope


def _turn_into_signature_field(field: Any, pdf: Any) -> None:
    """Turn the text field that stands for a seal or a signature into an empty signature field.

    It must exist, tagged, before the first of them: a visible field added later is in no
    structure tree.
    """
    x1, y1, x2, y2 = field["Rect"]
    appearance = pydyf.Stream(
        [], {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array([0, 0, 1, 1])}
    )
    pdf.add_object(appearance)
    field["Rect"] = pydyf.Array([min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)])
    field["FT"] = "/Sig"
    field["F"] = _PRINTED_AND_LOCKED
    field["AP"] = pydyf.Dictionary({"N": appearance.reference})
    for name in ("V", "DA", "MaxLen", "Ff"):
        field.pop(name, None)


def _lock_by_the_last(fields: Sequence[Any]) -> None:
    """Let the seal lock the document: only the first signature can certify it.

    ISO 32000-2, 12.7.5.5: whoever signs a field with a lock allows no change after it.
    """
    (seal,) = (field for field in fields if field["T"].string == _SEAL_FIELD)
    seal["Lock"] = pydyf.Dictionary({"Type": "/SigFieldLock", "Action": "/All", "P": 1})


def _write_plain_cross_references(pdf: Any) -> None:
    """Write a classic cross-reference table.

    pydyf's one huge object stream makes every later reading of it quadratic.
    """
    write = pdf.write

    def plain(output: Any, version: bytes, identifier: Any, compress: bool) -> None:  # noqa: FBT001 -- pydyf's signature
        del compress
        write(output, version, identifier, compress=False)

    pdf.write = plain
