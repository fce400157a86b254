"""Attacks on a sealed dossier, by name: what somebody can do who does not have its key."""

import datetime as dt
import io
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfTimeStamper

from assessments.dossier.authority import TimeAuthority
from assessments.dossier.envelope import Broken, open_envelope
from assessments.dossier.identity import SealingIdentity, make_test_identity
from assessments.dossier.report import Verdict
from assessments.dossier.verify import verify
from tests.assessments.dossier.conftest import seal_with


@dataclass(frozen=True)
class Target:
    """A sealed dossier, what it was before its seal, and an authority that gives anybody stamps."""

    content: bytes
    unsealed: bytes
    clock: TimeAuthority | None = None

    @property
    def is_stamped(self):
        return bool(open_envelope(self.content).archive)


def flipped(content, position, mask=1):
    changed = bytearray(content)
    changed[position] ^= mask
    return bytes(changed)


def updated(content, change):
    """Append a revision, as readers and editors do; the bytes before it stay."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rewritten(content, change=lambda document: None):
    """Write the whole file anew."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        change(document)
        document.save(out)
    return out.getvalue()


def stamped_again(content, clock):
    """Add a time stamp over the whole file, as one who has an account there can."""
    stamper = clock.stamper(lambda: dt.datetime.now(dt.UTC))
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    return PdfTimeStamper(stamper).timestamp_pdf(writer, md_algorithm="sha256").getvalue()


def in_a_page(content):
    return content.index(b"stream\n") + 20


def in_an_attachment(content):
    return content.index(b"stream\n", content.index(b"/EmbeddedFile/")) + 12


def in_the_seal(content):
    return re.search(rb"/Contents <", content).end() + 400


# What an update does to the document.


def overlay(writer):
    page = writer.root["/Pages"]["/Kids"][0]
    drawing = generic.StreamObject(stream_data=b"1 1 1 rg 0 0 600 900 re f")
    page[pdf_name("/Contents")] = writer.add_object(drawing)
    writer.mark_update(page.container_ref)


def note(writer):
    page = writer.root["/Pages"]["/Kids"][0]
    text = generic.DictionaryObject({
        pdf_name("/Type"): pdf_name("/Annot"),
        pdf_name("/Subtype"): pdf_name("/FreeText"),
        pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 50, 400, 90))),
        pdf_name("/Contents"): generic.pdf_string("Approved by the ANSM"),
        pdf_name("/DA"): generic.pdf_string("/Helv 12 Tf"),
    })  # fmt: skip
    if "/Annots" not in page:
        page[pdf_name("/Annots")] = generic.ArrayObject()
    page["/Annots"].append(writer.add_object(text))
    writer.mark_update(page.container_ref)


def title(writer):
    information = writer.trailer["/Info"]
    information[pdf_name("/Title")] = generic.pdf_string("Certificate of conformity")
    writer.mark_update(writer.trailer.raw_get("/Info"))


def attachment(writer):
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    specification = names[len(names) - 1]
    files = specification["/EF"]
    other = generic.StreamObject({pdf_name("/Type"): pdf_name("/EmbeddedFile")}, stream_data=b"{}")
    files[pdf_name("/F")] = writer.add_object(other)
    writer.update_container(files)


def pages(writer):
    tree = writer.root["/Pages"]
    tree["/Kids"].append(tree["/Kids"].raw_get(0))
    tree[pdf_name("/Count")] = generic.NumberObject(tree["/Count"] + 1)
    writer.mark_update(writer.root.raw_get("/Pages"))


def no_seal(writer):
    for field in writer.root["/AcroForm"]["/Fields"]:
        target = field.get_object()
        target.pop("/V", None)
        writer.mark_update(field)


pdf_name = generic.pdf_name


def action(writer):
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject({
        pdf_name("/S"): pdf_name("/URI"),
        pdf_name("/URI"): generic.pdf_string("https://other.example/"),
    })  # fmt: skip
    writer.update_root()


def field(writer):
    """Add what stands for a time stamp, but can be seen."""
    _add_field(writer, {"/FT": pdf_name("/Sig")}, (50, 50, 400, 90))


def script(writer):
    """Add an invisible field that does something."""
    run = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("0")}
    _add_field(writer, {"/FT": pdf_name("/Sig"), "/A": generic.DictionaryObject(run)}, (0, 0, 0, 0))


def _add_field(writer, values, place):
    page = writer.root["/Pages"]["/Kids"][0]
    widget = generic.DictionaryObject({pdf_name(name): value for name, value in values.items()})
    widget[pdf_name("/Type")] = pdf_name("/Annot")
    widget[pdf_name("/Subtype")] = pdf_name("/Widget")
    widget[pdf_name("/T")] = generic.pdf_string("archive-9")
    widget[pdf_name("/Rect")] = generic.ArrayObject(map(generic.NumberObject, place))
    widget[pdf_name("/P")] = generic.IndirectObject(*_numbered(page), writer)
    page.setdefault(pdf_name("/Annots"), generic.ArrayObject()).append(writer.add_object(widget))
    writer.root["/AcroForm"]["/Fields"].append(page["/Annots"].raw_get(-1))
    writer.mark_update(page.container_ref)
    writer.update_root()


def _numbered(page):
    return page.container_ref.idnum, page.container_ref.generation


def hidden(writer):
    """Let what validates lead to something that no validator asks for."""
    store = writer.root["/DSS"]
    store[pdf_name("/Kept")] = writer.add_object(generic.StreamObject(stream_data=b"for later"))
    writer.update_container(store)


def forgetting(writer):
    """Take away what validates."""
    store = writer.root["/DSS"]
    store["/Certs"].pop()
    writer.update_container(store)


def page_in_the_store(writer):
    store = writer.root["/DSS"]
    store["/Certs"].append(
        generic.IndirectObject(*_numbered(writer.root["/Pages"]["/Kids"][0]), writer)
    )
    writer.update_container(store)


def with_a_table_of_its_own(content):
    """Append a page and a table that takes all else from before, and names no earlier table.

    What it leaves out of sight is the table of the seal: nothing seems to come after it.
    """
    reader = PdfFileReader(io.BytesIO(content))
    last = reader.xrefs.total_revisions - 1
    page = reader.root["/Pages"]["/Kids"].raw_get(0).reference
    changed = generic.DictionaryObject(reader.get_object(page))
    changed[pdf_name("/MediaBox")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 9, 9)))
    out = io.BytesIO()
    out.write(content + b"\n")
    places = {page.idnum: out.tell()}
    out.write(b"%d 0 obj\n" % page.idnum)
    changed.write_to_stream(out, None)
    out.write(b"\nendobj\n")
    size = int(reader.trailer["/Size"])
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    for number in range(1, size):
        ref = generic.Reference(number, 0, reader)
        place = places.get(number) or reader.xrefs.get_historical_ref(ref, last)
        out.write(b"%010d 00000 n \n" % place if place else b"0000000000 65535 f \n")
    trailer = generic.DictionaryObject(reader.trailer.flatten())
    for name in ("/Prev", "/XRefStm"):
        trailer.pop(name, None)
    out.write(b"trailer\n")
    trailer.write_to_stream(out, None)
    out.write(b"\nstartxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def look_alike(content):
    """Seal with a certificate of the same name and another key."""
    own = open_envelope(content).certificate
    key, certificate = make_test_identity(dt.datetime.now(dt.UTC))
    assert certificate.subject == own.subject
    return SealingIdentity(key, certificate, ())


Attack = Callable[[Target], bytes]

ANYWHERE: dict[str, Attack] = {
    "one byte of a page changed": lambda t: flipped(t.content, in_a_page(t.content)),
    "one byte of an attachment changed": lambda t: flipped(t.content, in_an_attachment(t.content)),
    "one digit of the signature changed": lambda t: flipped(t.content, in_the_seal(t.content)),
    "something after the end": lambda t: t.content + b"\n% a note\n",
    "update: a page overlaid": lambda t: updated(t.content, overlay),
    "update: an attachment replaced": lambda t: updated(t.content, attachment),
    "update: an annotation": lambda t: updated(t.content, note),
    "update: another title": lambda t: updated(t.content, title),
    "update: pages added": lambda t: updated(t.content, pages),
    "update: the seal taken out of its field": lambda t: updated(t.content, no_seal),
    "cut back to before the seal": lambda t: t.unsealed,
    "rewritten by another program": lambda t: rewritten(t.content),
    "rewritten, an attachment replaced": lambda t: rewritten(
        t.content, lambda d: d.attachments.__setitem__("snapshot.json", b"{}")
    ),
    "sealed by another key, of the same name": lambda t: seal_with(
        look_alike(t.content), t.unsealed
    ),
    "the mark of the signature destroyed": lambda t: t.content.replace(
        b"/ByteRange", b"/ByteRangf"
    ),
    "the end missing": lambda t: t.content[:-40],
}
STAMPED: dict[str, Attack] = {
    "cut back to its seal": lambda t: t.content[: open_envelope(t.content).sealed_bytes],
    "a page overlaid, then stamped": lambda t: stamped_again(updated(t.content, overlay), t.clock),
    "an attachment replaced, then stamped": lambda t: stamped_again(
        updated(t.content, attachment), t.clock
    ),
    "an annotation, then stamped": lambda t: stamped_again(updated(t.content, note), t.clock),
    "another title, then stamped": lambda t: stamped_again(updated(t.content, title), t.clock),
    "pages added, then stamped": lambda t: stamped_again(updated(t.content, pages), t.clock),
    "an action on opening, then stamped": lambda t: stamped_again(
        updated(t.content, action), t.clock
    ),
    "a table of its own, then stamped": lambda t: stamped_again(
        with_a_table_of_its_own(t.content), t.clock
    ),
}
# Smaller ones: no page is changed by them, but nothing of it keeps a dossier alive.
QUIET = (field, script, hidden, forgetting, page_in_the_store)


def places(content, step):
    """Yield the positions to change: each byte of what holds the file together, some elsewhere.

    Each of the header, the cross-reference tables and trailers, and the dictionaries of the
    signatures with their dates and ranges; every ``step``-th of the rest.
    """
    held = set(range(64))
    for found in re.finditer(rb"\nxref\n.*?%%EOF", content, re.DOTALL):
        held.update(range(found.start(), found.end()))
    for found in re.finditer(rb"/ByteRange", content):
        start = content.rindex(b" obj", 0, found.start()) - 12
        end = content.index(b"endobj", found.start())
        gap = re.compile(rb"/Contents <").search(content, start, end)
        held.update(range(start, gap.end() + 64), range(content.index(b">", gap.end()) - 64, end))
    return sorted(held.union(range(0, len(content), step)))


# What signed the file is whole in these, or the last signature covers it: poppler says no more.
NOT_NOTICED = {
    "cut back to its seal",
    "sealed by another key, of the same name",
    *(name for name in STAMPED if name.endswith("then stamped")),
}


def is_noticed_by_poppler(content):
    """Tell whether ``pdfsig`` finds the signature invalid, or something after it."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        said = subprocess.run(["pdfsig", file.name], capture_output=True, check=False).stdout  # noqa: S607 -- the one in the path
    return b"Signature is Valid" not in said or b"Total document signed" not in said


def is_found(content, trust):
    """Tell whether we find that a file was changed; most changes are found before it is read."""
    try:
        open_envelope(content)
    except Broken:
        return True
    return verify(content, trust=trust).verdict is not Verdict.INTACT
