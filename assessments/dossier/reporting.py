"""A report as JSON, for other processes and programs, and back. Sentences stay in English."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

from assessments.dossier.report import (
    Check,
    Outcome,
    Report,
    Sentence,
    SignedBy,
    Standing,
    Verdict,
)


def to_json(report: Report) -> str:
    """Return a report as JSON, on one line."""
    fields = {each.name: getattr(report, each.name) for each in dataclasses.fields(report)}
    return json.dumps(
        fields
        | {
            "verdict": report.verdict.name,
            "standing": report.standing.name,
            "sentence": _plain(report.sentence),
            "sealed_at": _plain(report.sealed_at),
            "signatures": [
                dataclasses.asdict(one) | {"at": _plain(one.at)} for one in report.signatures
            ],
            "checks": [
                {"outcome": check.outcome.name, "finding": _plain(check.finding)}
                for check in report.checks
            ],
        }
    )


def from_json(text: str) -> Report:
    """Read what :func:`to_json` wrote."""
    fields = json.loads(text)
    return Report(
        **fields
        | {
            "verdict": Verdict[fields["verdict"]],
            "standing": Standing[fields["standing"]],
            "sentence": _value(fields["sentence"]),
            "sealed_at": _value(fields["sealed_at"]),
            "signatures": tuple(
                SignedBy(**one | {"at": _value(one["at"])}) for one in fields["signatures"]
            ),
            "checks": tuple(
                Check(Outcome[check["outcome"]], _value(check["finding"]))
                for check in fields["checks"]
            ),
        }
    )


def _plain(value: object) -> Any:
    if isinstance(value, Sentence):
        values = {name: _plain(one) for name, one in value.values.items()}
        return {"text": value.text, "values": values}
    if isinstance(value, dt.date):  # an instant, too
        return {"at": value.isoformat()}
    return value if value is None or isinstance(value, int | str) else str(value)


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    if "at" in plain:
        kind = dt.datetime if "T" in plain["at"] else dt.date
        return kind.fromisoformat(plain["at"])
    return Sentence(plain["text"], {name: _value(one) for name, one in plain["values"].items()})
