"""Keys of our rows."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a new UUID of version 7: 60 bits of Unix time, then 62 random bits.

    Keys made later sort later, so indexes stay compact, and lists by key are in the order in which
    rows came: also those of one millisecond, of which the 12 bits after it are fractions (a quarter
    of a microsecond each). Python has version 7 from 3.14 on.

    Source: RFC 9562, sections 5.7 and 6.2 (method 3).
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | secrets.randbits(62)
    return UUID(int=value)
