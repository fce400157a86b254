"""Whether nothing but signatures was filled in between the first of them and the seal.

Each signature is one revision, and such a revision has one form: the field gets its value and
its appearance, and dates change. That is compared object by object; pyHanko's own analysis
looks for every path to each object, which takes 6 s for 45 pages, and this some milliseconds.
"""

from __future__ import annotations

import io
import itertools
from typing import Any, Final

from defusedxml import ElementTree
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from assessments.dossier.contents import Content, as_stream

_TIMESTAMP: Final = "/DocTimeStamp"
# What a signature may change in objects that were there before, by what they are.
_FIELD: Final = frozenset({"/V", "/AP"})
_CATALOG: Final = frozenset({"/Extensions", "/Version"})
PROPERTIES: Final = frozenset({"/ModDate", "/Producer"})
_XMP: Final = "{http://ns.adobe.com/xap/1.0/}"
_DATED: Final = frozenset(
    {f"{_XMP}ModifyDate", f"{_XMP}MetadataDate", "{http://ns.adobe.com/pdf/1.3/}Producer"}
)


def is_only_signed(content: Content) -> bool:
    """Tell whether each signature after the first, and the seal, only filled in its field.

    For files whose seal holds and covers all of them.
    """
    try:
        reader = PdfFileReader(as_stream(content))
        signed = [each for each in reader.embedded_signatures if each.sig_object_type != _TIMESTAMP]
        _, _, start, length = signed[0].byte_range
        first = PdfFileReader(io.BytesIO(content[: start + length]))
        return goes_on(first, reader, signed[0].signed_revision + 1) and all(
            after.signed_revision == before.signed_revision + 1 and _fills_in(reader, after)
            for before, after in itertools.pairwise(signed)
        )
    except (PdfError, AttributeError, LookupError, TypeError, ValueError):
        return False


def goes_on(earlier: PdfFileReader, latest: PdfFileReader, revisions: int) -> bool:
    """Tell whether ``latest`` builds upon each of the ``revisions`` that ``earlier`` has.

    A table that leaves earlier ones out makes a document of its own: nothing seems to follow.
    """
    return earlier.xrefs.total_revisions == revisions and all(
        earlier.xrefs.get_xref_container_info(n) == latest.xrefs.get_xref_container_info(n)
        for n in range(revisions)
    )


def _fills_in(reader: PdfFileReader, signature: Any) -> bool:
    revision = signature.signed_revision
    before, after = (reader.get_historical_resolver(revision + n) for n in (-1, 0))
    trailers = [one.trailer_view for one in (before, after)]
    root, properties = (
        {trailer.raw_get(name).reference for trailer in trailers} for name in ("/Root", "/Info")
    )
    metadata = {one.root.raw_get("/Metadata").reference for one in (before, after)}
    if max(len(root), len(properties), len(metadata)) > 1:
        return False
    allowed = {
        signature.sig_field.container_ref: _FIELD,
        root.pop(): _CATALOG,
        properties.pop(): PROPERTIES,
    }
    packet = metadata.pop()
    if reader.xrefs.refs_freed_in_revision(revision):
        return False
    for written in reader.xrefs.explicit_refs_in_revision(revision):
        if reader.xrefs.get_historical_ref(written, revision - 1) is None:
            continue  # new: reached through what is compared here, or not at all
        old, new = before(written), after(written)
        if written == packet:
            is_same = undated(old) == undated(new)
        else:
            is_same = without(old, allowed[written]) == without(new, allowed[written])
        if not is_same:
            return False
    return True


def without(dictionary: Any, names: frozenset[str]) -> dict[str, bytes]:
    """Return a dictionary as it is written, without ``names``; where it refers to, not what."""
    return {name: _written(dictionary.raw_get(name)) for name in dictionary if name not in names}


def _written(value: Any) -> bytes:
    output = io.BytesIO()
    value.write_to_stream(output, None)
    return output.getvalue()


def undated(packet: Any) -> Any:
    """Return what a packet of metadata says, dates apart; how it is written may change."""
    return _said(ElementTree.fromstring(packet.data))


def _said(element: Any) -> tuple[Any, ...]:
    attributes = {name: text for name, text in element.items() if name not in _DATED}
    children = [_said(child) for child in element if child.tag not in _DATED]
    return element.tag, attributes, (element.text or "").strip(), children
