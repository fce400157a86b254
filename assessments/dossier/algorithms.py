"""The algorithms of seals and time stamps, in one place.

When one ages: take it out of what is made first, and out of what is taken only when every
dossier has a newer time stamp over it (ETSI TS 119 312 says until when each may be used).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

SEAL_DIGEST: Final = "sha256"
# What a time stamp may be made with.
DIGESTS: Final[dict[str, Callable[[bytes], Any]]] = {
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
