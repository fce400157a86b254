"""Attaching files to a PDF that is rendered and not sealed yet, from file to file.

They are appended as an incremental update: the pages stay as they are, and memory does not
grow with the files. Equal input gives equal bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import FileSpec
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from assessments.dossier.enclosing import Enclosure

RELATIONSHIP: Final = "Supplement"


def embed(source: Path, target: Path, files: Sequence[Enclosure], *, instant: dt.datetime) -> None:
    """Write ``source`` with ``files`` attached to ``target``; ``instant`` is their date.

    Raises:
        Damaged: a file is not what was registered; ``target`` is void then.
    """
    with source.open("rb") as pdf, target.open("wb") as output:
        writer = _Appending(pdf)
        added = [(file.name, _specification(writer, file, instant)) for file in files]
        _name_and_associate(writer.root, added)
        writer.update_root()
        writer.write(output)


class _Appending(IncrementalPdfFileWriter):
    """pyHanko's writer without what differs each time: dates of the document, a random key."""

    @classmethod
    def _handle_id(cls, prev: Any) -> generic.ArrayObject:
        first = prev.trailer["/ID"][0]
        again = hashlib.sha256(first.original_bytes + b" with evidence").digest()[:16]
        return generic.ArrayObject(
            [generic.ByteStringObject(first.original_bytes), generic.ByteStringObject(again)]
        )

    def _update_meta(self) -> None:
        """Leave the metadata as they are: they are those of the record."""


class _FileStream(generic.StreamObject):
    """The content of an attached file, copied from its disk when the PDF is written."""

    def __init__(self, file: Enclosure, instant: dt.datetime) -> None:
        date = generic.pdf_date(instant.replace(microsecond=0))
        parameters = {
            pdf_name("/Size"): generic.NumberObject(file.size_bytes),
            pdf_name("/CreationDate"): date,
            pdf_name("/ModDate"): date,
        }
        super().__init__(
            {
                pdf_name("/Type"): pdf_name("/EmbeddedFile"),
                pdf_name("/Subtype"): pdf_name("/" + file.media_type),
                pdf_name("/Params"): generic.DictionaryObject(parameters),
                pdf_name("/Length"): generic.NumberObject(file.size_bytes),
            },
            stream_data=b"",
        )
        self._file = file

    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:
        generic.DictionaryObject.write_to_stream(self, stream, handler, container_ref)
        stream.write(b"\nstream\n")
        for chunk in self._file.chunks():
            stream.write(chunk)
        stream.write(b"\nendstream")


def _specification(
    writer: IncrementalPdfFileWriter, file: Enclosure, instant: dt.datetime
) -> generic.IndirectObject:
    content = writer.add_object(_FileStream(file, instant))
    specification = FileSpec(
        file_spec_string=file.name,
        file_name=file.name,
        description=f"{file.number} {file.title}",
        af_relationship=pdf_name(f"/{RELATIONSHIP}"),
    ).as_pdf_object()
    specification[pdf_name("/EF")] = generic.DictionaryObject(
        {pdf_name("/F"): content, pdf_name("/UF"): content}
    )
    return writer.add_object(specification)


def _name_and_associate(root: Any, added: Sequence[tuple[str, generic.IndirectObject]]) -> None:
    """Put the files into the name tree, which is sorted, and among those of the document."""
    tree = root["/Names"]["/EmbeddedFiles"]["/Names"]
    known = [(str(tree[at]), tree.raw_get(at + 1)) for at in range(0, len(tree), 2)]
    every = sorted([*known, *added], key=lambda pair: pair[0].encode())
    flat = [part for name, reference in every for part in (pdf_string(name), reference)]
    names = generic.DictionaryObject({pdf_name("/Names"): generic.ArrayObject(flat)})
    others = {
        pdf_name(name): root["/Names"].raw_get(name)
        for name in root["/Names"]
        if name != "/EmbeddedFiles"
    }
    root[pdf_name("/Names")] = generic.DictionaryObject(
        {**others, pdf_name("/EmbeddedFiles"): names}
    )
    associated = [root["/AF"].raw_get(at) for at in range(len(root["/AF"]))]
    root[pdf_name("/AF")] = generic.ArrayObject(
        [*associated, *(reference for _name, reference in added)]
    )
