"""A thousand assessments moved to the next edition, in one run: time and statements.

The second edition is made by the services from the one that comes with the portal, with the
kinds of change that docs/catalogue.md lists.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command


class Count:
    """How many statements were sent."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        self.sent += 1
        return execute(sql, params, many, context)


def main() -> None:
    """Seed, make the second edition, move, take one back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assessments", type=int, default=1000)
    parser.add_argument("--small", action="store_true", help="a tenth of them")
    options, _of_others = parser.parse_known_args()
    wanted = min(options.assessments, 100) if options.small else options.assessments
    django.setup()

    from ansm_portal import tenancy

    call_command("migrate", verbosity=0)
    edition = settings.BASE_DIR / "assessments" / "catalogue" / "data" / "ansm-2022.yaml"
    call_command("load_catalogue", str(edition), verbosity=0)
    with tenancy.every_organisation():
        _run(wanted)


def second_edition(catalogue: Any) -> Any:
    """Return a published edition that follows ``catalogue``, with changes of every kind."""
    from ansm_portal.accounts.models import User
    from assessments.services import catalogue as publishing
    from assessments.services import entries, regrouping, sections
    from assessments.services.editions import start_draft

    draft = start_draft(catalogue, edition="2", actor=None)
    rows = list(draft.recommendations.select_related("section").order_by("position"))
    for row in rows[:10]:
        text = f"{row.statement_fr} Par écrit.", f"{row.statement_en} In writing."
        fields = dict(zip(("statement_fr", "statement_en"), text, strict=True))
        entries.edit(row, fields=fields, actor=None)
    for row in rows[10:13]:
        parts = [{"code": f"{row.code}{letter}"} for letter in "ab"]
        regrouping.split(row, into=parts, actor=None)
    regrouping.merge(rows[13:15], fields={}, actor=None)
    for row in rows[15:18]:
        row.refresh_from_db()
        entries.retire(row, reason_fr="N’a plus cours.", reason_en="Out of date.", actor=None)
    last = draft.sections.order_by("-position").first()
    for row in rows[18:20]:
        row.refresh_from_db()
        entries.move(row, section=last, actor=None)

    def edit(number: int, **fields: Any) -> None:
        rows[number].refresh_from_db()
        entries.edit(rows[number], fields=fields, actor=None)

    edit(20, title_fr=f"{rows[20].title_fr} (nouveau)")
    edit(21, code=f"{rows[21].code}-N")
    edit(22, criteria=["availability"])
    edit(23, stakeholders=["manufacturer", "user"])
    edit(24, applies_when=["wireless"])
    edit(25, statement_en=f"{rows[25].statement_en} In time.")
    entries.move(rows[25], section=last, actor=None)
    reader = User.objects.order_by("pk")[0]
    day = dt.date(2026, 11, 2)
    for number, corrections in ((26, {}), (27, {"rationale_fr": "Relu.", "rationale_en": "Read."})):
        rows[number].refresh_from_db()
        entries.confirm(
            rows[number],
            number=f"4.{number}",
            page=number,
            on=day,
            actor=reader,
            corrections=corrections,
        )
    added = {"key": "S-NEW", "phase": last.phase, "title_fr": "Suite", "title_en": "More"}
    newest = sections.add(draft, fields={**added, "title_status": "recalled"}, actor=None)
    rows[28].refresh_from_db()
    entries.move(rows[28], section=newest, actor=None)
    full = max(draft.sections.all(), key=lambda one: one.recommendations.count())
    codes = list(full.recommendations.order_by("position").values_list("code", flat=True))
    entries.reorder(full, codes=[*codes[1:], codes[0]], actor=None)
    kept = rows[30]
    fields = {name: getattr(kept, name) for name in entries.EDITABLE}
    entries.add(last, fields={**fields, "code": "NEW-1"}, actor=None)
    return publishing.publish(draft.pk)


def _run(wanted: int) -> None:
    from django.db import connection

    from ansm_portal import tenancy
    from assessments.catalogue.changes import changes, counted
    from assessments.models import Answer, Assessment, Catalogue, EditionRun
    from assessments.services.moving_back import move_back
    from assessments.services.moving_many import go_on
    from assessments.services.transitions import compared
    from script.benchmarks import seed

    catalogue = Catalogue.objects.get()
    team = seed.found("bench-0")
    seed.fill(team, catalogue, devices=-(-wanted // (3 * seed.FILLED)) * seed.FILLED)
    seed.analyse()
    newer = second_edition(catalogue)
    keys = list(Assessment.objects.order_by("pk").values_list("pk", flat=True)[:wanted])
    run = EditionRun.objects.create(
        organisation=team.organisation,
        catalogue=newer,
        wanted=[str(pk) for pk in keys],
        requested_by=team.assessor,
    )
    count = Count()
    before = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count), tenancy.scoped_to([team.organisation.pk]):
        run = go_on(run.pk)  # as the worker does
    elapsed, processor = time.perf_counter() - before[0], time.process_time() - before[1]
    moved = run.moves.count()
    print(f"# {connection.vendor} {'.'.join(map(str, connection.get_database_version()))}")
    differ = counted(changes(compared(catalogue, newer)))
    print("entries: " + ", ".join(f"{aspect.value} {n}" for aspect, n in differ.items()))
    print(
        f"{moved} assessments moved, {len(run.refused)} refused; {Answer.objects.count()} answers"
    )
    print(f"{elapsed:.0f} s ({processor:.0f} s of this processor), {count.sent} statements:")
    print(f"{1000 * elapsed / moved:.0f} ms and {count.sent / moved:.1f} statements for each")
    last = run.moves.order_by("-pk")[0]
    start = time.perf_counter()
    move_back(last.pk, actor=team.assessor)
    print(f"taking one back: {1000 * (time.perf_counter() - start):.0f} ms")


if __name__ == "__main__":
    main()
