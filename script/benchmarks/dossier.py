"""The dossier against its floor: bare WeasyPrint on the same HTML, in the same run.

Prints seconds, peak memory and pages of each stage, for the sample and for the same dossier
with longer justifications. No figure is asserted: machines differ.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

LONGER = 8


@dataclass
class Stage:
    """One stage: seconds, and the megabytes of the processes it started (0: none)."""

    seconds: float
    megabytes: float
    result: Any


def _stage(work: Callable[[], Any]) -> Stage:
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    return Stage(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, result)


def _alone(work: Callable[..., Any], *arguments: Any) -> Stage:
    """Run ``work`` in a process of its own: the peak is then that of its children alone."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(_call, work, arguments).result()


def _call(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Stage:
    return _stage(lambda: work(*arguments))


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


def _ours(page: str, snapshot: Any) -> Any:
    from assessments.dossier.render import Limits, to_pdf

    return to_pdf(page, snapshot=snapshot, limits=Limits())


def _measure(title: str, snapshot: Any) -> tuple[int, float]:
    from assessments.dossier import html
    from assessments.dossier.trust import Trust
    from assessments.dossier.verify import verify
    from assessments.services.sealing import sealed, sealing_identity

    identity = sealing_identity()
    page = _stage(lambda: html.render(snapshot))
    bare = _alone(_bare, page.result)
    ours = _alone(_ours, page.result, snapshot)
    seal = _stage(lambda: sealed(ours.result.content, identity, snapshot))
    check = _stage(lambda: verify(seal.result, trust=Trust([identity.certificate])))
    rest = page.seconds + seal.seconds + check.seconds
    print(f"\n{title}: {ours.result.pages} pages, {len(seal.result) / 1e6:.1f} MB sealed")
    print(f"{'':34}{'seconds':>9}{'MB':>8}{'x bare':>9}")
    for name, stage in {
        "bare WeasyPrint, same HTML": bare,
        "our rendering (PDF/A-3a, tagged)": ours,
        "HTML of the snapshot": page,
        "seal": seal,
        "verification": check,
    }.items():
        memory = f"{stage.megabytes:8.0f}" if stage in (bare, ours) else "       -"
        print(f"{name:34}{stage.seconds:9.2f}{memory}{stage.seconds / bare.seconds:9.2f}")
    print(f"{'all but the rendering':34}{rest:9.2f}{'':8}{rest / bare.seconds:9.2f}")
    return ours.result.pages, ours.seconds


def _longer(snapshot: Any) -> Any:
    def answered(entry: Any) -> Any:
        text = "\n\n".join([entry.answer.justification] * LONGER)
        return replace(entry, answer=replace(entry.answer, justification=text))

    return replace(
        snapshot,
        phases=tuple(
            replace(
                phase,
                sections=tuple(
                    replace(section, entries=tuple(map(answered, section.entries)))
                    for section in phase.sections
                ),
            )
            for phase in snapshot.phases
        ),
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
        snapshot = build(
            dossier,
            head=JournalHead.objects.get(organisation_id=assessment.organisation_id),
            seal=Seal(identity.subject, identity.sha256, identity.is_test, Level.B.value),
            instant=timezone.now(),
        )
        transaction.set_rollback(True)
    return snapshot


def main() -> None:
    """Measure the dossier of the sample, then a longer one."""
    django.setup()

    from ansm_portal import tenancy

    call_command("migrate", verbosity=0)
    catalogue = settings.BASE_DIR / "assessments" / "catalogue" / "data" / "ansm-2022.yaml"
    with tenancy.every_organisation():
        call_command("load_catalogue", str(catalogue), verbosity=0)
        call_command("load_sample", "--if-empty", "--without-dossier", verbosity=0)
        taken = _stage(_snapshot)
    print(f"Snapshot of the sample: {taken.seconds:.2f} s")
    short = _measure("The dossier of the sample", taken.result)
    long = _measure(f"Justifications {LONGER} times as long", _longer(taken.result))
    pages, seconds = long[0] / short[0], long[1] / short[1]
    print(f"\nGrowth: {pages:.2f} times the pages, {seconds:.2f} times the time")


if __name__ == "__main__":
    main()
