"""The dossier, stage by stage, against bare WeasyPrint, Chromium and Typst in the same run.

``--small`` leaves out a thousand recommendations and the large files. Processor seconds are
those of the stage and of the processes it starts: they travel, elapsed seconds on a machine
that others use do not. No figure is asserted: machines differ.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import django
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from script.benchmarks.synthetic import grown, typst

SIZES: Final = (10, 100, 1000)
USUAL: Final = 100  # recommendations of the dossier that files are attached to
MIB: Final = (5, 100, 500)
PAGED: Final = (
    "bare WeasyPrint, same HTML",
    "our rendering (PDF/A-3a, PDF/UA-1)",
    "the whole, sealed and checked",
    "headless Chromium, same HTML",
    "Typst (a-3a, ua-1), same content",
)


@dataclass
class Stage:
    """One stage: processor and elapsed seconds, the peak of its processes, what it returned."""

    processor: float
    elapsed: float
    megabytes: float
    result: Any


def _used() -> float:
    return sum(
        sum(resource.getrusage(whose)[:2])
        for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def _peak() -> float:
    """Return the most that this process, or one it started, held since it was forked."""
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(ours, theirs) / 1024


def _alone(work: Callable[[], Any]) -> Stage:
    """Run ``work`` in a process of its own: the peak is then that of the stage alone."""
    context = get_context("fork")
    ours, theirs = context.Pipe()

    def run() -> None:
        used, start = _used(), time.perf_counter()
        result = work()
        theirs.send(Stage(_used() - used, time.perf_counter() - start, _peak(), result))

    process = context.Process(target=run)
    process.start()
    theirs.close()
    stage: Stage = ours.recv()
    process.join()
    return stage


def _bare(page: str) -> int:
    from assessments.dossier.render import STYLES

    done = subprocess.run(
        [sys.executable, "-m", "script.benchmarks.bare"],
        input=json.dumps([page, STYLES.as_uri() + "/"]),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def _chromium(page: str, folder: Path) -> int | None:
    """Print the same page with the browser of the system; None where there is none."""
    import pikepdf

    from assessments.dossier.render import STYLES

    browser = shutil.which("chromium") or shutil.which("chrome")
    if browser is None:
        return None
    head = f'<head><base href="{STYLES.as_uri()}/">'
    (folder / "page.html").write_text(page.replace("<head>", head, 1), encoding="utf-8")
    target = folder / "chromium.pdf"
    subprocess.run(  # noqa: S603 -- ours
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
            # One process: the time of others would not be counted.
            *("--single-process", "--no-zygote"),
            *(f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}"),
            *("--timeout=600000", (folder / "page.html").as_uri()),
        ],
        check=True,
        capture_output=True,
    )
    with pikepdf.open(target) as document:
        return len(document.pages)


def _typst(snapshot: Any, folder: Path) -> int:
    import pikepdf
    import typst as engine

    from assessments.dossier.render import STYLES
    from assessments.dossier.snapshot import to_canonical_json

    (folder / "snapshot.json").write_bytes(to_canonical_json(snapshot))
    (folder / "dossier.typ").write_text(typst(snapshot), encoding="utf-8")
    target = folder / "typst.pdf"
    engine.compile(
        str(folder / "dossier.typ"),
        output=str(target),
        font_paths=[str(STYLES / "fonts")],
        pdf_standards=["a-3a", "ua-1"],
    )
    with pikepdf.open(target) as document:
        return len(document.pages)


def _measure(snapshot: Any, identity: Any, authority: Any, folder: Path) -> None:
    from assessments.dossier import html
    from assessments.dossier.envelope import Level
    from assessments.dossier.formats.files import attachments
    from assessments.dossier.mapped import verify_file
    from assessments.dossier.render import Limits, to_file
    from assessments.dossier.sign import Stamp, seal_file
    from assessments.dossier.trust import Trust

    trust = Trust([identity.certificate], authority.certificates)
    limits = Limits(seconds=3600, memory_bytes=16 * 1024**3)
    rendered, sealed, stamped = (folder / f"{name}.pdf" for name in ("made", "sealed", "stamped"))

    def seal(target: Path, authority: Any = None) -> None:
        with rendered.open("rb") as source, target.open("w+b") as output:
            stamp, now = Stamp("%(number)s", {"number": snapshot.number}), timezone.now()
            seal_file(source, output, identity, stamp=stamp, now=now, authority=authority)

    # A worker has made dossiers before: templates, fonts and certificates are read by then.
    first = folder / "first.pdf"
    to_file(html.render(snapshot), first, snapshot=snapshot, limits=limits)
    first.rename(rendered)
    seal(sealed)
    verify_file(sealed, trust=trust)
    page = _alone(lambda: html.render(snapshot))
    attached = _alone(lambda: len(attachments(snapshot)))
    bare = _alone(lambda: _bare(page.result))
    ours = _alone(lambda: to_file(page.result, rendered, snapshot=snapshot, limits=limits))
    sealing = _alone(lambda: seal(sealed))
    check = _alone(lambda: verify_file(sealed, trust=trust).verdict.name)
    # The record names the level of its seal: time stamps belong to another document.
    at_level = replace(snapshot, seal=replace(snapshot.seal, level=Level.LTA.value))
    to_file(html.render(at_level), rendered, snapshot=at_level, limits=limits)
    stamping = _alone(lambda: seal(stamped, authority))
    second_check = _alone(lambda: verify_file(stamped, trust=trust).verdict.name)
    chromium = _alone(lambda: _chromium(page.result, folder))
    twin = _alone(lambda: _typst(snapshot, folder))

    entries = len(list(snapshot.entries))
    size = sealed.stat().st_size / 1e6
    print(
        f"\n{entries} recommendations, {len(snapshot.evidence)} pieces of evidence: "
        f"{ours.result} pages, {size:.1f} MB sealed, {check.result.lower()}, "
        f"with time stamps {second_check.result.lower()}\n"
    )
    rest = {Level.B: (page, sealing, check), Level.LTA: (page, stamping, second_check)}
    whole = Stage(
        ours.processor + sum(stage.processor for stage in rest[Level.B]),
        ours.elapsed + sum(stage.elapsed for stage in rest[Level.B]),
        max(stage.megabytes for stage in (ours, *rest[Level.B])),
        ours.result,
    )
    paged = zip(PAGED, (bare, ours, whole, chromium, twin), strict=True)
    others = {
        "HTML of the snapshot, with plots": page,
        "attached formats": attached,
        "seal (B-B)": sealing,
        "own check (B-B)": check,
        "seal (B-LTA)": stamping,
        "own check (B-LTA)": second_check,
    }
    _table(bare, dict(paged) | others)
    for level, stages in rest.items():
        spent = sum(stage.processor for stage in stages) / ours.processor
        print(
            f"\nAll but the rendering itself, {level.value}: {100 * spent:.0f} % of it", flush=True
        )


def _table(bare: Stage, stages: dict[str, Stage]) -> None:
    print("| | CPU s | elapsed s | peak MB | x bare | pages | pages/s of CPU |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, stage in stages.items():
        pages = stage.result if name in PAGED else None
        speed = f"{pages / stage.processor:.1f}" if pages else ""
        print(
            f"| {name} | {stage.processor:.2f} | {stage.elapsed:.2f} | {stage.megabytes:.0f} | "
            f"{stage.processor / bare.processor:.2f} | {pages or ''} | {speed} |"
        )


def _seals(pdf: Path, sizes: tuple[int, ...]) -> None:
    print("\nAttaching, a person's signature, and sealing, from file to file\n")
    print(
        "| MiB attached | attach, CPU s | elapsed | sign, CPU s | elapsed | seal, CPU s | elapsed "
        "| MB before | peak MB |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for mib in sizes:
        done = subprocess.run(  # noqa: S603 -- ours
            [sys.executable, "-m", "script.benchmarks.sealing", str(pdf), str(mib)],
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout)
        cells = [*found["attach"], *found["sign"], *found["seal"]]
        print(
            f"| {mib} | "
            + " | ".join(f"{cell:.2f}" for cell in cells)
            + f" | {found['before']:.0f} | {found['peak']:.0f} |",
            flush=True,
        )


def _snapshot() -> Any:
    from ansm_portal.audit.models import JournalHead
    from assessments.dossier.builder import build
    from assessments.dossier.envelope import Level
    from assessments.dossier.snapshot import Seal
    from assessments.models import Assessment
    from assessments.services.dossier import allocate
    from assessments.services.sealing import sealing_identity

    identity = sealing_identity()
    assessment = Assessment.objects.get(device__reference="HM-PF500", version__label="3.2.0")
    with transaction.atomic():
        dossier = allocate(assessment, language="fr", actor=assessment.started_by)
        start = time.perf_counter()
        snapshot = build(
            dossier,
            head=JournalHead.objects.get(organisation_id=assessment.organisation_id),
            seal=Seal(identity.subject, identity.sha256, identity.is_test, Level.B.value),
            instant=timezone.now(),
        )
        print(f"Snapshot of the sample: {time.perf_counter() - start:.2f} s")
        transaction.set_rollback(True)
    return snapshot, identity


@contextmanager
def _authority() -> Iterator[Any]:
    """Run an authority of time stamps in a process of its own: its time is not that of a seal."""
    from assessments.dossier.authority import TimeAuthority
    from tests.authority import Authority

    context = get_context("fork")
    ours, theirs = context.Pipe()

    def run() -> None:
        with Authority() as running:
            theirs.send((running.url, running.root.certificate.public_bytes(Encoding.DER)))
            threading.Event().wait()

    process = context.Process(target=run, daemon=True)
    process.start()
    theirs.close()
    url, root = ours.recv()
    yield TimeAuthority(url, (x509.load_der_x509_certificate(root),))
    process.terminate()


def main() -> None:
    """Measure dossiers of the sample's answers, of several sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="without the largest of each")
    parser.add_argument("--recommendations", type=int, nargs="+", default=SIZES)
    options, _others = parser.parse_known_args()  # those of the pages
    django.setup()

    from ansm_portal import tenancy

    call_command("migrate", verbosity=0)
    catalogue = settings.BASE_DIR / "assessments" / "catalogue" / "data" / "ansm-2022.yaml"
    with tenancy.every_organisation():
        call_command("load_catalogue", str(catalogue), verbosity=0)
        call_command("load_sample", "--if-empty", "--without-dossier", verbosity=0)
        snapshot, identity = _snapshot()
    with tempfile.TemporaryDirectory() as name, _authority() as authority:
        folder = Path(name)
        sizes = options.recommendations
        usual = folder / "usual.pdf"
        for size in sizes[:2] if options.small else sizes:
            _measure(grown(snapshot, size), identity, authority, folder)
            if size <= USUAL:
                (folder / "made.pdf").rename(usual)
        _seals(usual, MIB[:2] if options.small else MIB)


if __name__ == "__main__":
    main()
