"""Pages of the portal against their floor: the same SQL by the bare driver, and a bare view.

Prints, for the sample and for many devices: queries, milliseconds, and the ratio to the
floor measured in the same run. No figure is asserted: machines differ.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.urls import path, reverse

ROUNDS = 15


def bare(request: Any) -> HttpResponse:
    """Answer through all middleware, without a query of its own."""
    return HttpResponse("ok")


@dataclass
class Measure:
    """Medians of one page, milliseconds."""

    queries: int
    page: float
    sql: float


def _milliseconds(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def _measure(request: Callable[[], Any]) -> Measure:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    class Recorder:
        """Keep what is sent to the driver, to send it again."""

        def __init__(self) -> None:
            self.sent: list[tuple[str, Any]] = []

        def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
            if not many and sql.lstrip().upper().startswith("SELECT"):
                self.sent.append((sql, params))
            return execute(sql, params, many, context)

    request()
    recorder = Recorder()
    with CaptureQueriesContext(connection) as captured, connection.execute_wrapper(recorder):
        response = request()
    if response.status_code not in {200, 302}:
        sys.exit(f"{response.request['PATH_INFO']} answered {response.status_code}")

    def raw() -> None:
        with (
            connection.connection.cursor()
            if connection.vendor == "postgresql"
            else (connection.cursor()) as cursor
        ):
            for sql, params in recorder.sent:
                cursor.execute(sql, params)
                cursor.fetchall()

    return Measure(len(captured), _milliseconds(request), _milliseconds(raw))


def _report(title: str, measures: dict[str, Measure], floor: Measure) -> None:
    print(f"\n{title}")
    print(f"{'':34}{'queries':>8}{'ms':>8}{'SQL ms':>8}{'x SQL':>8}{'x bare':>8}")
    for name, m in {"bare view, signed in": floor, **measures}.items():
        ratio = f"{m.page / m.sql:8.1f}" if m.sql else "       -"
        print(f"{name:34}{m.queries:8}{m.page:8.1f}{m.sql:8.2f}{ratio}{m.page / floor.page:8.1f}")


def main() -> None:
    """Measure the pages on the sample, then on ``--devices`` devices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    options = parser.parse_args()
    django.setup()

    from ansm_portal import tenancy, urls
    from ansm_portal.permissions import Access, requires

    urls.urlpatterns.append(path("bare/", requires(Access.SIGNED_IN)(bare)))
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    catalogue = settings.BASE_DIR / "assessments" / "catalogue" / "data" / "ansm-2022.yaml"
    with tenancy.every_organisation():
        call_command("load_catalogue", str(catalogue), verbosity=0)
        call_command("load_sample", "--if-empty", "--without-dossier", verbosity=0)
        _run(options.devices)


def _run(devices: int) -> None:
    from ansm_portal.accounts.models import Membership
    from assessments.models import Catalogue
    from script.benchmarks.seed import fill

    member = (
        Membership.objects.filter(role="assessor")
        .select_related("user", "organisation")
        .order_by("organisation__name", "user__email")
        .first()
    )
    if member is None:
        sys.exit("The sample has no assessor.")
    before = _pages(member)
    _report("The sample organisation", *before)
    fill(
        member.organisation,
        actor=member.user,
        catalogue=Catalogue.objects.get(),
        devices=devices,
    )
    after = _pages(member)
    _report(f"{devices} devices", *after)
    print("\nGrowth (ms), many devices to the sample")
    for name, measure in after[0].items():
        print(f"{name:34}{measure.page / before[0][name].page:8.2f}")


def _pages(member: Any) -> tuple[dict[str, Measure], Measure]:
    from django.test import Client

    from assessments.models import Answer, Assessment

    client = Client()
    client.force_login(member.user)
    slug = member.organisation.slug
    assessment = (
        Assessment.objects.filter(organisation=member.organisation, is_current=True)
        .order_by("pk")
        .first()
    )
    answer = Answer.objects.filter(
        assessment=assessment, is_applicable=True, state="open"
    ).order_by("position")[0]
    phase = answer.phase

    def get(name: str, *args: Any) -> Callable[[], Any]:
        address = reverse(f"assessments:{name}", args=[slug, *args])
        return lambda: client.get(address)

    turn = 0

    def save() -> Any:
        nonlocal turn
        turn += 1
        fresh = Answer.objects.values("revision").get(pk=answer.pk)
        return client.post(
            reverse("assessments:answer-edit", args=[slug, answer.pk]),
            {
                "verdict": "adapted",
                "justification": f"Mesure {turn}",
                "revision": fresh["revision"],
            },
        )

    floor = _measure(lambda: client.get("/bare/"))
    return {
        "device list": _measure(get("device-list")),
        "assessment": _measure(get("assessment-detail", assessment.pk)),
        f"phase ({phase})": _measure(get("assessment-phase", assessment.pk, phase)),
        "answer": _measure(get("answer-edit", answer.pk)),
        "saving an answer (one is ours)": _measure(save),
    }, floor


if __name__ == "__main__":
    main()
