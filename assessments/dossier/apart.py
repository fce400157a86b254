"""Verifying the file of a stranger in a process of its own.

Whatever the file was made for (to fill the memory, to take hours, to break a parser), only that
process feels it. It has no secrets, asks no network, and ends.

It is started as ``python -m assessments.dossier.apart``.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from assessments.dossier.press import ROOT
from assessments.dossier.report import Report
from assessments.dossier.reporting import from_json, to_json
from assessments.dossier.trust import Trust

_KEPT: Final = ("PATH", "HOME", "LD_LIBRARY_PATH")


class TooCostly(Exception):
    """Reading the file takes more than a dossier of its size can need."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What verifying may take: 80 pages need 3 s and 150 MB, 200 MB of evidence four times that.

    ``file_times`` is how often the file may lie in memory besides.
    """

    seconds: int = 30
    memory_bytes: int = 768 * 1024**2
    file_times: int = 6


def verify_apart(file: IO[bytes], *, trust: Trust, bounds: Bounds = Bounds()) -> Report:
    """Verify a file of which nothing is known.

    Raises:
        TooCostly: it takes more than ``bounds``, or the process died of it.
    """
    job = {
        "sealers": _packed(trust.sealers),
        "clocks": _packed(trust.clocks),
        "seconds": bounds.seconds,
        "memory_bytes": bounds.memory_bytes + bounds.file_times * file.seek(0, os.SEEK_END),
    }
    file.seek(0)
    try:
        done = subprocess.run(  # noqa: S603 -- our own module; the job is public
            [sys.executable, "-m", "assessments.dossier.apart", json.dumps(job)],
            input=file.read(),
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={
                "LANG": "C.UTF-8",
                **{name: os.environ[name] for name in _KEPT if name in os.environ},
            },
            timeout=2 * bounds.seconds,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise TooCostly from error
    return from_json(done.stdout.decode())


def _packed(certificates: Iterable[x509.Certificate]) -> list[str]:
    return [
        base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
        for certificate in certificates
    ]


def _unpacked(certificates: Iterable[str]) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(base64.b64decode(one)) for one in certificates]


def main() -> None:
    """Verify what comes on standard input; the report leaves as JSON on standard output."""
    from assessments.dossier.verify import verify  # noqa: PLC0415 -- not where only the above is asked for

    job = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    trust = Trust(_unpacked(job["sealers"]), _unpacked(job["clocks"]))
    sys.stdout.write(to_json(verify(sys.stdin.buffer.read(), trust=trust)))


if __name__ == "__main__":
    main()
