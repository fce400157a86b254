"""The process that renders one dossier and ends: ``python -m assessments.dossier.worker``.

A job comes as JSON on standard input, the PDF leaves on standard output, and what there is
to say about it (pages, or why there is none) as one line of JSON on standard error.
WeasyPrint gives its memory back only when the process ends; without garbage collection
it is a fifth faster.
"""

from __future__ import annotations

import base64
import datetime as dt
import gc
import json
import resource
import sys
from pathlib import Path
from typing import Any, Final

from weasyprint.text.fonts import FontConfiguration

from assessments.dossier.pdf import Attachment, NotRendered, Rendering, render

REFUSED: Final = 3


def run(job: dict[str, Any]) -> Rendering:
    """Render a job as :func:`assessments.dossier.render.to_pdf` describes it."""
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
    """Do one job; the exit status is 0, or ``REFUSED`` with a reason."""
    job = json.load(sys.stdin)
    # Fontconfig keeps what it finds in a cache of the machine: found without memory, no fonts.
    FontConfiguration()
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    gc.disable()
    try:
        rendering = run(job)
    except NotRendered as refusal:
        sys.stderr.write("\n" + json.dumps({"reason": str(refusal)}))
        return REFUSED
    sys.stdout.buffer.write(rendering.content)
    sys.stderr.write("\n" + json.dumps({"pages": rendering.pages}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
