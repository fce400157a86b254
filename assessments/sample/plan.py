"""The sample as it is written in its data files; texts for people are in French."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from assessments.enums import Verdict

HERE: Final = Path(__file__).parent
PASSWORD: Final = "portail-demo-2026"  # noqa: S105 -- of invented people, printed by load_sample
VERDICTS: Final = {
    "followed": Verdict.FOLLOWED,
    "adapted": Verdict.ADAPTED,
    "partly": Verdict.PARTLY_FOLLOWED,
    "not": Verdict.NOT_FOLLOWED,
    "na": Verdict.NOT_APPLICABLE,
}


@cache
def read(name: str) -> Any:
    """Return a data file of the sample; it is read once and never changed."""
    return YAML(typ="safe", pure=True).load((HERE / name).read_text(encoding="utf-8"))
