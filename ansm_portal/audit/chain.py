"""The arithmetic of the chain. No database."""

from __future__ import annotations

import hashlib
from typing import Final

GENESIS: Final = "0" * 64


def link(content: bytes) -> str:
    """Return the digest of an event: SHA-256 of its canonical JSON (RFC 8785), hex.

    The content names the digest of the event before it, so that a change anywhere
    changes every digest after it.
    """
    return hashlib.sha256(content).hexdigest()
