"""Whether nothing but time stamps, and what validates them, came after the seal.

What keeps a dossier alive has one form: certificates and lists of revoked ones (the DSS), an
invisible field with the time stamp in it, and dates. Each revision after the seal is compared
with the one before, object by object; pyHanko's own analysis looks for every way to each object,
which takes seconds, and this some milliseconds.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType

from assessments.dossier.filling import PROPERTIES, goes_on, undated, without

_TRAILER: Final = frozenset({"/Size", "/Prev", "/ID"})
_CATALOG: Final = frozenset({"/AcroForm", "/DSS", "/Extensions"})
# All that may stand in the objects that are added: nothing of it is shown, or acts.
_DSS: Final = re.compile(
    r"/(Type|Certs?|CRLs?|OCSPs?|VRI|TU|TS|Length|Filter|[0-9A-F]{40})"  # by digests: the VRI
)
_FIELD: Final = frozenset({
    *("/Type", "/Subtype", "/FT", "/T", "/TU", "/F", "/P", "/Rect", "/V"),
})  # fmt: skip
_STAMP: Final = frozenset({"/Type", "/Filter", "/SubFilter", "/ByteRange", "/Contents"})
_NAME: Final = re.compile(r"[\w-]{1,80}")  # with a dot it would be a field of another one
_INVISIBLE: Final = [0, 0, 0, 0]


class _Foreign(ValueError):
    """Something that keeps no dossier alive."""


def only_keeps_alive(sealed: PdfFileReader, latest: PdfFileReader) -> bool:
    """Tell whether all that ``latest`` has beyond ``sealed`` is of that form.

    Raises:
        ValueError, LookupError, TypeError, …: it is of another (``contents.UNREADABLE``).
    """
    revisions = sealed.xrefs.total_revisions
    if not goes_on(sealed, latest, revisions):
        return False
    first_new = int(sealed.trailer["/Size"])
    return all(
        _keeps_alive(latest, revision, first_new)
        for revision in range(revisions, latest.xrefs.total_revisions)
    )


def _keeps_alive(reader: PdfFileReader, revision: int, first_new: int) -> bool:
    xrefs = reader.xrefs
    kind = xrefs.get_xref_container_info(revision).xref_section_type
    if kind is not XRefSectionType.STANDARD or xrefs.get_xref_data(revision).freed:
        return False
    before, after = (reader.get_historical_resolver(revision + n) for n in (-1, 0))
    written = xrefs.explicit_refs_in_revision(revision)
    new = {ref for ref in written if xrefs.get_historical_ref(ref, revision - 1) is None}
    # What the sealed revision refers to without having it stays missing.
    if any(ref.idnum < first_new for ref in new):
        return False
    known = _kept(before, after) | _validating(before, after, first_new)
    return written <= known | _stamped(before, after, new)


def _kept(before: HistoricalResolver, after: HistoricalResolver) -> set[generic.Reference]:
    """Return catalog, properties and metadata: in them nothing but what is named here changed."""
    views = (before, after)
    trailers = [view.trailer_view for view in views]
    _must_be_same(*(without(each, _TRAILER) for each in trailers))
    _must_be_same(*(without(view.root, _CATALOG) for view in views))
    root, properties = (trailers[0].raw_get(name).reference for name in ("/Root", "/Info"))
    metadata = before.root.raw_get("/Metadata").reference
    _must_be_same(*(without(view(properties), PROPERTIES) for view in views))
    # First how it is packed: nothing that is packed otherwise is unpacked.
    _must_be_same(*(without(view(metadata), frozenset({"/Length"})) for view in views))
    _must_be_same(*(undated(view(metadata)) for view in views))
    return {root, properties, metadata}


def _validating(
    before: HistoricalResolver, after: HistoricalResolver, first_new: int
) -> set[generic.Reference]:
    """Return what validates, in objects of its own; nothing of it is lost or written anew."""
    earlier, found = (_dss(view, first_new) for view in (before, after))
    if not earlier <= found:
        raise _Foreign
    for ref in earlier:
        if isinstance(before(ref), generic.StreamObject):
            old, now = before(ref), after(ref)
            _must_be_same(*((without(each, frozenset()), each.encoded_data) for each in (old, now)))
    return found


def _dss(view: HistoricalResolver, first_new: int) -> set[generic.Reference]:
    found: set[generic.Reference] = set()
    ahead: list[Any] = [view.root.raw_get("/DSS")] if "/DSS" in view.root else []
    while ahead:
        value = ahead.pop()
        if isinstance(value, generic.IndirectObject):
            if value.reference in found:
                continue
            if value.idnum < first_new:
                raise _Foreign
            found.add(value.reference)
            value = view(value.reference)
        if isinstance(value, generic.DictionaryObject):
            if not all(_DSS.fullmatch(name) for name in value):
                raise _Foreign
            ahead += value.values()
        elif isinstance(value, generic.ArrayObject):
            ahead += value
    return found


def _stamped(
    before: HistoricalResolver, after: HistoricalResolver, new: set[generic.Reference]
) -> set[generic.Reference]:
    """Return the field that was added with its time stamp and its page, or nothing."""
    forms = [view.root.raw_get("/AcroForm") for view in (before, after)]
    _must_be_same(*(without(form, frozenset({"/Fields"})) for form in forms))
    earlier, fields = (_references(form, "/Fields") for form in forms)
    added = fields[len(earlier) :]
    _must_be_same(fields, earlier + added)
    if not added:
        return set()
    (field,) = added
    widget = after(field)
    page, stamp = (widget.raw_get(name).reference for name in ("/P", "/V"))
    if not (
        {field, stamp} <= new
        and _is_invisible(widget)
        and widget["/T"] not in {before(each)["/T"] for each in earlier}
        and _is_stamp(after(stamp))
        and before(page)["/Type"] == "/Page"
    ):
        raise _Foreign
    pages = before(page), after(page)
    _must_be_same(*(without(each, frozenset({"/Annots"})) for each in pages))
    notes = [_references(each, "/Annots") for each in pages]
    _must_be_same([*notes[0], field], notes[1])
    return {field, stamp, page}


def _is_invisible(widget: Any) -> bool:
    return (
        _FIELD.issuperset(widget)
        and (widget["/Type"], widget["/Subtype"], widget["/FT"]) == ("/Annot", "/Widget", "/Sig")
        and list(widget["/Rect"]) == _INVISIBLE
        and _NAME.fullmatch(widget["/T"]) is not None
        and widget.get("/TU", "Timestamp") == "Timestamp"
    )


def _is_stamp(value: Any) -> bool:
    named = (value["/Type"], value["/SubFilter"])
    return _STAMP.issuperset(value) and named == ("/DocTimeStamp", "/ETSI.RFC3161")


def _references(holder: Any, name: str) -> list[generic.Reference]:
    """Return what a list in an object refers to; no list is none."""
    if name not in holder:
        return []
    return [each.reference for each in list.__iter__(holder.raw_get(name))]


def _must_be_same(old: Any, now: Any) -> None:
    if old != now:
        raise _Foreign
