"""Verification: how long the strict part takes, with and without time stamps, and the pages.

Prints seconds of processor time and peak memory for dossiers of about 20, 40 and 80 pages. The
goal: strict verification of 80 pages in less than 10 s.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import resource
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any, Final

import django
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

ENTRIES: Final = (1, 60, 165)
HEAD: Final = ("pages", "MB", "strict s", "peak MB", "apart s", "printing s", "peak MB")


def main() -> None:
    """Measure dossiers of a few sizes, sealed without time stamps and with."""
    django.setup()

    from assessments.dossier.authority import TimeAuthority
    from assessments.dossier.envelope import Level
    from assessments.dossier.identity import SealingIdentity, make_test_identity
    from assessments.dossier.render import render
    from tests.assessments.dossier.conftest import naming, seal_with
    from tests.authority import Authority

    key, certificate = make_test_identity(dt.datetime.now(dt.UTC))
    identity = SealingIdentity(key, certificate, ())
    print(f"\n{'verification':14}" + "".join(f"{name:>15}" for name in HEAD))
    with Authority() as server:
        clock = TimeAuthority(server.url, (server.root.certificate,), timeout=5.0)
        believed = (_packed([certificate]), _packed(clock.certificates))
        for entries in ENTRIES:
            for level, authority in ((Level.B, None), (Level.LTA, clock)):
                rendering = render(naming(_snapshot(entries), identity, level))
                content = seal_with(identity, rendering.content, authority)
                row = (rendering.pages, f"{len(content) / 1e6:.1f}", *_measured(content, believed))
                print(f"{level.value:14}" + "".join(f"{one:>15}" for one in row), flush=True)


def _snapshot(entries: int) -> Any:
    from tests.assessments.dossier import samples

    sample = samples.snapshot()
    first, *others = sample.phases
    text = "Threats are listed for each interface, and judged. " * 8
    many = tuple(
        samples.entry(f"ANSM-CON-{number:03d}", justification=text)
        for number in range(1, entries + 1)
    )
    section = replace(first.sections[0], entries=many)
    return replace(
        sample, phases=(replace(first, sections=(section,)), *others), remarks=(), actions=()
    )


def _packed(certificates: Iterable[x509.Certificate]) -> list[bytes]:
    return [each.public_bytes(Encoding.DER) for each in certificates]


def _trust(believed: Any) -> Any:
    from assessments.dossier.trust import Trust

    return Trust(*([x509.load_der_x509_certificate(each) for each in them] for them in believed))


def _measured(content: bytes, believed: Any) -> tuple[str, ...]:
    strict, peak = _alone(_strictly, content, believed)
    apart, _ = _alone(_apart, content, believed)
    pages, beside = _alone(_pages, content)
    return f"{strict:.2f}", f"{peak:.0f}", f"{apart:.2f}", f"{pages:.2f}", f"{beside:.0f}"


def _alone(work: Callable[..., None], *arguments: Any) -> tuple[float, float]:
    """Return seconds and peak megabytes of ``work`` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        return pool.submit(_timed, work, arguments).result()


def _timed(work: Callable[..., None], arguments: tuple[Any, ...]) -> tuple[float, float]:
    start = _processor()
    work(*arguments)
    seconds = _processor() - start
    usage = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return seconds, max(usage) / 1024


def _processor() -> float:
    """Return the seconds of processor time so far, of this process and those it waited for."""
    return sum(os.times()[:4])


def _strictly(content: bytes, believed: Any) -> None:
    from assessments.dossier.report import Verdict
    from assessments.dossier.verify import verify

    _must(verify(content, trust=_trust(believed)).verdict is Verdict.INTACT)


def _apart(content: bytes, believed: Any) -> None:
    from assessments.dossier.apart import verify_apart
    from assessments.dossier.report import Verdict

    _must(verify_apart(io.BytesIO(content), trust=_trust(believed)).verdict is Verdict.INTACT)


def _pages(content: bytes) -> None:
    from assessments.dossier.pages import compare_pages
    from assessments.dossier.printing import printed

    _must("identical" in str(compare_pages(content, printed).finding))


def _must(holds: bool) -> None:  # noqa: FBT001 -- the one thing it asks
    if not holds:
        raise RuntimeError("what is measured does not hold")


if __name__ == "__main__":
    main()
