"""A snapshot to PDF bytes, in a process of its own. No database, no network."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.dossier import html
from assessments.dossier.formats.files import attachments
from assessments.dossier.pdf import Rendering
from assessments.dossier.snapshot import Snapshot
from assessments.dossier.worker import REFUSED

logger = logging.getLogger(__name__)

ROOT: Final = Path(__file__).resolve().parent.parent.parent
STYLES: Final = ROOT / "static" / "dossier"


class RenderingFailed(PortalError):
    """No PDF was made."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one rendering may take: 900 pages need about 2 GB and 130 s."""

    seconds: int = 300
    memory_bytes: int = 4 * 1024**3


def render(snapshot: Snapshot, *, limits: Limits = Limits()) -> Rendering:
    """Return the unsealed PDF of a snapshot, with the snapshot and what follows from it attached.

    Equal snapshots give equal bytes.
    """
    return to_pdf(html.render(snapshot), snapshot=snapshot, limits=limits)


def to_pdf(page: str, *, snapshot: Snapshot, limits: Limits) -> Rendering:
    """Turn the HTML of a dossier into PDF/A-3a.

    Raises:
        RenderingFailed: the worker refused, took too long or too much memory, or died.
    """
    job = {
        "html": page,
        "styles": str(STYLES),
        "instant": snapshot.issued_at.isoformat(),
        "memory_bytes": limits.memory_bytes,
        "attachments": [
            {**asdict(one), "content": base64.b64encode(one.content).decode()}
            for one in attachments(snapshot)
        ],
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "assessments.dossier.worker"],
            input=json.dumps(job).encode(),
            capture_output=True,
            check=False,
            cwd=ROOT,
            env=_environment(),
            timeout=limits.seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderingFailed(
            _("The document was not ready after %(seconds)d seconds.") % {"seconds": limits.seconds}
        ) from error
    said = _last_line(done.stderr)
    if done.returncode == 0:
        return Rendering(done.stdout, said["pages"])
    if done.returncode == REFUSED:
        raise RenderingFailed(
            _("The document would not be complete: %(reason)s") % {"reason": said["reason"]}
        )
    logger.warning("The rendering process ended with %d: %s", done.returncode, done.stderr[-2000:])
    raise RenderingFailed(_("The document could not be made: its process ended too early."))


def _environment() -> dict[str, str]:
    """Nothing of the portal's environment but what a process needs: no secrets, no proxies."""
    kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
    return {"LANG": "C.UTF-8", **{name: os.environ[name] for name in kept if name in os.environ}}


def _last_line(output: bytes) -> dict[str, Any]:
    try:
        said = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
