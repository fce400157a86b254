"""What is measured of writing: one answer, five hundred at once, five thousand from a sheet."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import translation

from ansm_portal.tenancy import scoped_to
from assessments.enums import Verdict
from assessments.forms_bulk import selection
from assessments.models import Answer, Assessment, SheetImport
from assessments.services import sheet as sheets
from assessments.services.exporting import as_csv
from assessments.services.sheet_writing import write
from assessments.sheets.columns import COLUMNS
from script.benchmarks.measuring import Work
from script.benchmarks.reading import Reader
from script.benchmarks.seed import Team

SAVING, MANY, FEW_ROUNDS = 15, 500, 3

_turns = count(1)


def writes(reader: Reader) -> dict[str, Callable[[], Work]]:
    """Return the work of saving an answer, and of changing many at once."""
    return {
        "saving an answer": lambda: Work(
            lambda form: _save(reader, form), prepare=lambda: _form(reader), goal=SAVING
        ),
        "bulk of 500, preview": lambda: Work(
            lambda form: _post(reader, "bulk-preview", form),
            prepare=lambda: _bulk(reader),
            rounds=FEW_ROUNDS,
        ),
        "bulk of 500, applied": lambda: Work(
            lambda form: _post(reader, "bulk-apply", form),
            prepare=lambda: _bulk(reader),
            rounds=FEW_ROUNDS,
        ),
    }


def _form(reader: Reader) -> dict[str, Any]:
    revision = Answer.objects.values_list("revision", flat=True).get(pk=reader.answer.pk)
    return {
        "verdict": "adapted",
        "justification": f"Mesure {next(_turns)}, relue avec le banc de vérification.",
        "revision": revision,
        "then": "stay",
    }


def _save(reader: Reader, form: dict[str, Any]) -> Any:
    address = reader.address("answer-edit", reader.answer.pk)
    return reader.checked(reader.client.post(address, form, headers=reader.in_pane))


def _bulk(reader: Reader) -> dict[str, Any]:
    answers = Answer.objects.filter(
        organisation=reader.team.organisation, assessment__is_current=True, is_applicable=True
    ).order_by("pk")[:MANY]
    return {
        "answers": selection(answers),
        "token": uuid4(),
        "do": "verdict",
        "verdict": "adapted",
        "justification": f"Mesure {next(_turns)}.",
        "how": "replace",
        "everywhere": "on",
    }


def _post(reader: Reader, name: str, form: dict[str, Any]) -> Any:
    return reader.checked(reader.client.post(reader.address(name), form))


def imports(team: Team, assessment: Assessment) -> dict[str, Callable[[], Work]]:
    """Return the work of the worker on a sheet, each row of which changes its answer."""
    importing = _Importing(team, assessment)
    rows = f"{assessment.answers.count():,} rows"
    return {
        f"import of {rows}, read": lambda: Work(
            importing.read, prepare=importing.upload, rounds=FEW_ROUNDS
        ),
        f"import of {rows}, written": lambda: Work(
            importing.write, prepare=importing.confirm, rounds=FEW_ROUNDS
        ),
    }


class _Importing:
    def __init__(self, team: Team, assessment: Assessment) -> None:
        self.team, self.assessment = team, assessment

    def upload(self) -> SheetImport:
        """Send the sheet with another justification in each row; nothing reads it yet."""
        answers = Answer.objects.filter(assessment=self.assessment, is_applicable=True)
        with translation.override("fr"):
            content = as_csv(answers.order_by("position"))
            adapted = str(Verdict.ADAPTED.label)
        lines = list(
            csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
        )
        names = [column.name for column in COLUMNS]
        turn = next(_turns)
        for line in lines[1:]:
            line[names.index("verdict")] = adapted
            line[names.index("justification")] = f"Mesure {turn}, ligne relue sur le banc."
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=";").writerows(lines)
        file = ContentFile(out.getvalue().encode(), name="answers.csv")
        return sheets.upload(self.assessment, file=file, actor=self.team.assessor)

    def read(self, sheet: SheetImport) -> None:
        """Find out what each row would change."""
        with scoped_to([self.team.organisation.pk]):
            sheets.read_back(sheet.pk)

    def confirm(self) -> SheetImport:
        """Send a sheet, read it, and agree to all it says."""
        sheet = self.upload()
        self.read(sheet)
        return sheets.confirm(sheet.pk, actor=self.team.assessor)

    def write(self, sheet: SheetImport) -> None:
        """Write what was agreed to."""
        with scoped_to([self.team.organisation.pk]):
            write(sheet.pk)
        sheet.refresh_from_db(fields=["state"])
        if sheet.state != SheetImport.State.DONE:
            sys.exit("The sheet was not written.")
