"""Pages, saving, bulk changes and imports against their floor: the same SQL by the bare driver.

Fills an organisation, measures; then adds as many organisations as are asked for, each with as
many rows, and measures again in the first. No figure is asserted: machines differ.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.urls import path

IMPORTED = 5000


def bare(request: Any) -> HttpResponse:
    """Answer through all middleware, without a query of its own."""
    return HttpResponse("ok")


@contextmanager
def _telling(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - start:.0f} s", flush=True)


def main() -> None:
    """Seed, measure, multiply, measure again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=500, help="in each organisation")
    parser.add_argument("--organisations", type=int, default=10, help="for the second measure")
    parser.add_argument(
        "--small", action="store_true", help="25 devices, 3 organisations: a quick look"
    )
    options = parser.parse_args()
    if options.small:
        options.devices, options.organisations = 25, 3
    django.setup()

    from ansm_portal import tenancy, urls
    from ansm_portal.permissions import Access, requires

    urls.urlpatterns.append(path("bare/", requires(Access.SIGNED_IN)(bare)))
    call_command("collectstatic", "--no-input", verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    with tenancy.every_organisation():
        _run(options.devices, options.organisations)


def _run(devices: int, organisations: int) -> None:
    from django.db import connection

    from assessments.models import Catalogue
    from script.benchmarks import seed
    from script.benchmarks.measuring import print_growth

    edition = settings.BASE_DIR / "assessments" / "catalogue" / "data" / "ansm-2022.yaml"
    call_command("load_catalogue", str(edition), verbosity=0)
    call_command("load_crosswalk", verbosity=0)
    catalogue = Catalogue.objects.get()
    print(f"\n# {connection.vendor} {'.'.join(map(str, connection.get_database_version()))}\n")
    team = seed.found("bench-0")
    with _telling("filling the organisation"):
        seed.fill(team, catalogue, devices=devices)
        seed.analyse()
    importing = seed.found("bench-import")
    long = seed.long_assessment(importing, like=catalogue, rows=IMPORTED)
    before = _measured(team, importing, long, title=f"One organisation: {seed.counted()}")
    if organisations < 2:  # noqa: PLR2004 -- nothing to compare with
        return
    with _telling(f"copying it {organisations - 1} times"):
        for number in range(1, organisations):
            seed.copy(team, number=number)
        seed.analyse()
    title = f"{organisations} organisations: {seed.counted()}"
    after = _measured(team, importing, long, title=title)
    print_growth(f"{organisations} organisations to one", before, after)


def _measured(team: Any, importing: Any, long: Any, *, title: str) -> dict[str, Any]:
    """Measure everything, print it, and return what was measured."""
    from script.benchmarks.measuring import Work, measure, print_table
    from script.benchmarks.reading import Reader
    from script.benchmarks.writing import imports, writes

    reader = Reader(team)
    floor = measure(Work(lambda _nothing: reader.get("/bare/")))
    works: dict[str, Callable[[], Work]] = (
        reader.pages() | writes(reader) | imports(importing, long)
    )
    measured = {name: measure(work()) for name, work in works.items()}
    print_table(title, measured, floor)
    return measured


if __name__ == "__main__":
    main()
