"""A person's signature and the seal: ``python -m script.benchmarks.sealing PDF MIB``.

In a process of its own. Prints, as JSON, seconds of each step and the peak of memory; no Django,
as in a small service.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assessments.dossier.embedding import embed
from assessments.dossier.enclosing import Enclosure
from assessments.dossier.identity import SealingIdentity, make_test_identity
from assessments.dossier.sign import Stamp, seal_file, sign_file
from assessments.dossier.snapshot import SEAL_FIELD

MIB = 1024 * 1024
FILE_MIB = 20


def _peak() -> float:
    """Return the most that this process held, without what it was forked from."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(held.split()[1]) / 1024


def _enclosure(path: Path, number: int, size_mib: int) -> Enclosure:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size_mib):
            block = os.urandom(MIB)
            digest.update(block)
            file.write(block)
    return Enclosure(
        number=f"EV-{number:04d}",
        name=f"EV-{number:04d}.bin",
        title="Evidence",
        media_type="application/octet-stream",
        size_bytes=size_mib * MIB,
        sha256=digest.hexdigest(),
        opened=lambda: path.open("rb"),
    )


def main(pdf: str, mib: int) -> None:
    """Attach so many MiB to ``pdf``, have a person sign it, then seal it."""
    now = dt.datetime.now(dt.UTC)
    key, certificate = make_test_identity(now)
    identity = SealingIdentity(key, certificate, ())
    spent: dict[str, Any] = {}

    def timed(name: str, work: Callable[[], None]) -> None:
        start, processor = time.perf_counter(), time.process_time()
        work()
        spent[name] = (time.process_time() - processor, time.perf_counter() - start)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = [FILE_MIB] * (mib // FILE_MIB) + ([mib % FILE_MIB] if mib % FILE_MIB else [])
        files = [_enclosure(folder / str(n), n, size) for n, size in enumerate(sizes)]
        whole, target = folder / "whole.pdf", folder / "sealed.pdf"

        def seal() -> None:
            with whole.open("rb") as source, target.open("w+b") as output:
                stamp = Stamp("%(number)s", {"number": "D-1"})
                seal_file(source, output, identity, stamp=stamp, now=now)

        def sign() -> None:
            # The field of the seal, as a person's has the same form: the path is the same.
            with whole.open("rb") as source, (folder / "signed.pdf").open("w+b") as output:
                stamp = Stamp("%(name)s", {"name": "Ann"})
                sign_file(source, output, identity, field=SEAL_FIELD, stamp=stamp, now=now)

        spent["before"] = _peak()
        timed("attach", lambda: embed(Path(pdf), whole, files, instant=now))
        timed("sign", sign)
        timed("seal", seal)
        spent["peak"], spent["bytes"] = _peak(), target.stat().st_size
    print(json.dumps(spent))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
