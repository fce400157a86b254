"""What a file is, from its first bytes. No database."""

from __future__ import annotations

import mimetypes
from pathlib import PurePath
from typing import Final

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")

# First bytes that a file of this name must have. Other names are not checked: whatever
# it is, it is only ever sent as an attachment.
SIGNATURES: Final[dict[str, tuple[bytes, ...]]] = {
    ".pdf": (b"%PDF-",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".zip": _ZIP,
    ".docx": _ZIP,
    ".xlsx": _ZIP,
    ".pptx": _ZIP,
    ".odt": _ZIP,
    ".ods": _ZIP,
    ".7z": (b"7z\xbc\xaf\x27\x1c",),
    ".gz": (b"\x1f\x8b",),
}


def is_what_it_says(file_name: str, first_bytes: bytes) -> bool:
    """Tell whether a file begins as files with its extension do."""
    expected = SIGNATURES.get(PurePath(file_name).suffix.lower())
    return expected is None or first_bytes.startswith(expected)


def media_type(file_name: str) -> str:
    """Return the media type by the extension, ``application/octet-stream`` when unknown."""
    return mimetypes.guess_type(file_name)[0] or "application/octet-stream"
