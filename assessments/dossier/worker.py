"""The process that renders one dossier and ends: ``python -m assessments.dossier.worker``.

A job comes as JSON on standard input, the PDF goes to the file that it names, and what there
is to say (how far it is, pages, or why there is no PDF) to standard error, a line of JSON each.
WeasyPrint gives its memory back only when the process ends; without garbage collection
it is a fifth faster.
"""

from __future__ import annotations

import base64
import datetime as dt
import gc
import json
import logging
import os
import re
import resource
import sys
from pathlib import Path
from typing import Any, Final

from weasyprint.logger import PROGRESS_LOGGER
from weasyprint.text.fonts import FontConfiguration

from ansm_portal.processes import end_with_parent
from assessments.dossier.pdf import Attachment, NotRendered, Rendering, render

REFUSED: Final = 3
UNWRITTEN: Final = 4
TOO_LARGE: Final = 5

_LAYOUT: Final = re.compile(r"Step 5 - Creating layout - Page (\d+)$")
_WRITING: Final = re.compile(r"Step 6 - Creating PDF")


def run(job: dict[str, Any]) -> Rendering:
    """Render a job as :func:`assessments.dossier.render.to_file` describes it."""
    return render(
        job["html"],
        styles=Path(job["styles"]),
        attachments=[
            Attachment(**{**attachment, "content": base64.b64decode(attachment["content"])})
            for attachment in job["attachments"]
        ],
        instant=dt.datetime.fromisoformat(job["instant"]),
    )


def main() -> int:
    """Do one job; the exit status is 0, or one of those above with what there is to say."""
    end_with_parent(os.getppid())
    job = json.load(sys.stdin)
    # Fontconfig keeps what it finds in a cache of the machine: found without memory, no fonts.
    FontConfiguration()
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    gc.disable()
    PROGRESS_LOGGER.setLevel(logging.INFO)
    PROGRESS_LOGGER.addHandler(_Teller())
    try:
        rendering = run(job)
        Path(job["target"]).write_bytes(rendering.content)
    except NotRendered as refusal:
        _say(reason=str(refusal))
        return REFUSED
    except OSError as error:
        _say(errno=error.errno, reason=error.strerror)
        return UNWRITTEN
    except MemoryError:
        return TOO_LARGE
    _say(pages=rendering.pages)
    return 0


class _Teller(logging.Handler):
    """Tells how far WeasyPrint is, from what it logs; each page once."""

    def __init__(self) -> None:
        super().__init__()
        self._most = 0

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if page := _LAYOUT.match(message):
            if int(page[1]) > self._most:
                self._most = int(page[1])
                _say(page=self._most)
        elif _WRITING.match(message):
            _say(writing=True)


def _say(**what: Any) -> None:
    sys.stderr.write("\n" + json.dumps(what) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
