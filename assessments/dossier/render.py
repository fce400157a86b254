"""A snapshot to a PDF, in a process of its own. No database, no network."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.dossier import html
from assessments.dossier.formats.files import attachments
from assessments.dossier.formats.register import register
from assessments.dossier.pdf import Rendering
from assessments.dossier.snapshot import Snapshot
from assessments.dossier.worker import REFUSED, TOO_LARGE, UNWRITTEN

logger = logging.getLogger(__name__)

ROOT: Final = Path(__file__).resolve().parent.parent.parent
STYLES: Final = ROOT / "static" / "dossier"
LOOK_SECONDS: Final = 0.25


class RenderingFailed(PortalError):
    """No PDF was made."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one rendering may take: 900 pages need about 2 GB and 130 s."""

    seconds: int = 300
    memory_bytes: int = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the process is: pages that were laid out, or that it writes the PDF."""

    page: int = 0
    is_writing: bool = False


Watch = Callable[[Progress], None]


def _nobody_watches(progress: Progress) -> None:
    del progress


def render(snapshot: Snapshot, *, limits: Limits = Limits()) -> Rendering:
    """Return the unsealed PDF of a snapshot, with the snapshot and what follows from it attached.

    Equal snapshots give equal bytes.
    """
    return to_pdf(html.render(snapshot), snapshot=snapshot, limits=limits)


def to_pdf(page: str, *, snapshot: Snapshot, limits: Limits) -> Rendering:
    """Turn the HTML of a dossier into PDF/A-3a, as :func:`to_file` does, and return it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "dossier.pdf"
        pages = to_file(page, target, snapshot=snapshot, limits=limits)
        return Rendering(target.read_bytes(), pages)


def to_file(
    page: str,
    target: Path,
    *,
    snapshot: Snapshot,
    limits: Limits,
    watch: Watch = _nobody_watches,
) -> int:
    """Write the HTML of a dossier as PDF/A-3a to ``target``; return how many pages it has.

    ``watch`` is told a few times a second how far it is. When it raises, the process is killed
    and the exception goes on.

    Raises:
        RenderingFailed: the process refused, took too long or too much memory, or died.
        OSError: the file could not be written.
    """
    job = {
        "html": page,
        "target": str(target),
        "styles": str(STYLES),
        "instant": snapshot.issued_at.isoformat(),
        "memory_bytes": limits.memory_bytes,
        "attachments": [
            {**asdict(one), "content": base64.b64encode(one.content).decode()}
            for one in (*attachments(snapshot), *register(snapshot))
        ],
    }
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.write(json.dumps(job).encode())
        asked.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "assessments.dossier.worker"],
            stdin=asked,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd=ROOT,
            env=_environment(),
        )
        try:
            _follow(process, said, watch, limits)
        finally:
            process.kill()
            process.wait()
        return _pages(process.returncode, _all(said))


def _follow(
    process: subprocess.Popen[bytes], said: IO[bytes], watch: Watch, limits: Limits
) -> None:
    """Wait for the process and tell ``watch`` how far it is."""
    ends, progress = time.monotonic() + limits.seconds, Progress()
    while process.poll() is None:
        if time.monotonic() > ends:
            raise RenderingFailed(
                _("The document was not ready after %(seconds)d seconds.")
                % {"seconds": limits.seconds}
            )
        progress = _progress(_all(said), progress)
        watch(progress)
        try:
            process.wait(timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _all(said: IO[bytes]) -> bytes:
    """Return what the process said so far, without moving where it goes on."""
    return os.pread(said.fileno(), 2**24, 0)


def _progress(output: bytes, before: Progress) -> Progress:
    said = _last_line(output)
    if said.get("writing"):
        return Progress(before.page, is_writing=True)
    page = said.get("page")
    return Progress(page, before.is_writing) if isinstance(page, int) else before


def _pages(status: int, output: bytes) -> int:
    said = _last_line(output)
    if status == 0:
        return int(said["pages"])
    if status == REFUSED:
        raise RenderingFailed(
            _("The document would not be complete: %(reason)s") % {"reason": said["reason"]}
        )
    if status == UNWRITTEN:
        raise OSError(said["errno"], said["reason"])
    logger.warning("The rendering process ended with %d: %s", status, output[-2000:])
    if status == TOO_LARGE:
        raise RenderingFailed(_("The document could not be made: it needs too much memory."))
    raise RenderingFailed(_("The document could not be made: its process ended too early."))


def _environment() -> dict[str, str]:
    """Nothing of the portal's environment but what a process needs: no secrets, no proxies."""
    kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
    return {"LANG": "C.UTF-8", **{name: os.environ[name] for name in kept if name in os.environ}}


def _last_line(output: bytes) -> dict[str, Any]:
    """Return the last whole line that says something."""
    for line in reversed(output.split(b"\n")[:-1]):
        if line.strip():
            try:
                said = json.loads(line)
            except ValueError:
                return {}
            return said if isinstance(said, dict) else {}
    return {}
