"""The properties of a document: what readers show of it beside its pages.

pyHanko takes any change of them for harmless. Here nothing may change after the seal but when,
and by which program, the file was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

_MAY_CHANGE: Final = {
    "/ModDate": re.compile(r"D:[0-9]{14}(Z|[+-][0-9]{2}'[0-9]{2}'?)"),
    "/Producer": re.compile(r"WeasyPrint [0-9.]{1,12}(; pyHanko [0-9.]{1,12})*"),
    "http://ns.adobe.com/xap/1.0/ModifyDate": re.compile(r"[0-9T:.+Z-]{10,40}"),
    "http://ns.adobe.com/xap/1.0/MetadataDate": re.compile(r"[0-9T:.+Z-]{10,40}"),
    "http://ns.adobe.com/pdf/1.3/Producer": re.compile(r"(WeasyPrint|pyHanko) [0-9.]{1,12}"),
}


def are_kept(sealed: Any, latest: Any) -> bool:
    """Tell whether the properties of a file say what they said when it was sealed.

    Both are readers: of the bytes under the seal, and of the whole file.
    """
    return _properties(sealed) == _properties(latest)


def _properties(reader: Any) -> list[tuple[str, str]]:
    return sorted(_said(reader.trailer["/Info"].items())) + [
        each
        for described in reader.root["/Metadata"].xmp
        for each in sorted(_said((name, value.value) for name, value in described))
    ]


def _said(properties: Any) -> Iterator[tuple[str, str]]:
    for name, value in properties:
        may_change = _MAY_CHANGE.get(str(name))
        if not (may_change and may_change.fullmatch(str(value))):
            yield str(name), repr(value)
