"""What the log must not hold."""

from __future__ import annotations

import logging
import re
from typing import Final

# The secret part of addresses: links for auditors, calendars, new passwords.
_SECRETS: Final = re.compile(r"(/(?:shared/open|calendar)/[^/\s]+/|/password/reset/key/)[\w-]{16,}")


class WithoutSecrets(logging.Filter):
    """Takes secrets out of addresses: Django names the address of what it refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, with its secrets gone."""
        message = record.getMessage()
        safe = _SECRETS.sub(r"\1…", message)
        if safe != message:
            record.msg, record.args = safe, ()
        return True
