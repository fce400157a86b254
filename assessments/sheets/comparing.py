"""What a row that comes back would do to the answer it names. Decisions only: no database.

Three texts are known of each field: what was exported (its print), what the sheet says now, and
what the portal says now. Who changed what follows from the three.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.enums import Verdict
from assessments.sheets.columns import EDITABLE, canonical, day_of, portable, prints_of
from assessments.sheets.reading import SheetRow
from assessments.sheets.writing import LONGEST_JUSTIFICATION

# Verdict and justification speak of each other: who changes one has read both.
TOGETHER: Final = (("verdict", "justification"), ("owner",), ("due_on",))
SHOWN_OF_A_VALUE: Final = 120


class Outcome(models.TextChoices):
    """What became of a row."""

    UNCHANGED = "unchanged", _("unchanged")
    CHANGE = "change", _("will change")
    CONFLICT = "conflict", _("changed by somebody else too")
    REFUSED = "refused", _("refused")
    WRITTEN = "written", _("written")
    MOVED = "moved", _("not written: changed meanwhile")


class Reason(models.TextChoices):
    """Why a row is refused."""

    UNKNOWN = "unknown", _("No answer of this assessment has this key.")
    ELSEWHERE = "elsewhere", _("This row is of another assessment: import it there.")
    CODE = "code", _("Code and key do not belong together.")
    TWICE = "twice", _("The same answer stands in an earlier row.")
    REVISION = "revision", _("The hidden column with the revision is empty or was changed.")
    COMPUTED = "computed", _("A cell holds a formula or its fault. Put the value in its place.")
    VERDICT = "verdict", _("This verdict is not in the list.")
    OWNER = "owner", _("This is not the address of a member who may own answers.")
    DAY = "day", _("This is not a day. Write it as 2026-12-31.")
    TOO_LONG = "too_long", _("The justification is longer than 20,000 characters.")
    EXCLUDED = "excluded", _("The recommendation does not apply to this version.")
    SUBMITTED = "submitted", _("The phase is under review: its answers do not change meanwhile.")
    ACCEPTED = "accepted", _("The answer is accepted. Change it in the portal, with a reason.")
    NEWER = "newer", _("Somebody changed the answer after this file was read.")
    INHERITED = "inherited", _("The answer comes from the platform. Override it in the portal.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an answer says now, and why it cannot change, if it cannot."""

    code: str
    revision: int
    verdict: str
    justification: str
    owner: str
    owner_key: str | None
    due_on: str | None
    refusal: Reason | None

    def texts(self) -> dict[str, str]:
        """Return each field as a sheet shows it."""
        return {
            "verdict": self.verdict,
            "justification": self.justification,
            "owner": self.owner,
            "due_on": self.due_on or "",
        }

    def kept(self, name: str) -> str | None:
        """Return a field as the answer keeps it."""
        return self.owner_key if name == "owner" else getattr(self, name)


class Refused(Exception):
    """The row changes nothing, for ``reason``; ``value`` is what it said."""

    def __init__(self, reason: Reason, value: str = "") -> None:
        super().__init__(reason)
        self.reason, self.value = reason, portable(value)[:SHOWN_OF_A_VALUE]


@dataclass(slots=True, kw_only=True)
class Comparison:
    """Compares the rows of one file with the answers of one assessment, first to last.

    ``standing`` has the answers by key; ``elsewhere`` the keys of other answers of the
    organisation; ``members`` the keys of people by address, lower case.
    """

    standing: Mapping[str, Standing]
    elsewhere: Set[str]
    members: Mapping[str, str]
    seen: set[str] = field(default_factory=set)

    def of(self, row: SheetRow) -> dict[str, Any]:
        """Return what became of ``row``, as :attr:`SheetImport.rows` keeps it."""
        found: dict[str, Any] = {"line": row.number, "code": _cell(row, "code")[:30]}
        try:
            return found | self._compared(row)
        except Refused as refused:
            return found | {
                "outcome": Outcome.REFUSED.value,
                "reason": refused.reason.value,
                "value": refused.value,
            }

    def _compared(self, row: SheetRow) -> dict[str, Any]:
        key, now = self._answer(row)
        changes = self._changes(row, now)
        found: dict[str, Any] = {"answer": key, "outcome": Outcome.UNCHANGED.value}
        if not changes:
            return found
        if now.refusal:
            raise Refused(now.refusal)
        fields = {name: [now.kept(name), value] for name, value in changes.items()}
        moved = now.revision != _revision(row) and _overlap(row, now, changes)
        outcome = Outcome.CONFLICT if moved else Outcome.CHANGE
        return found | {"outcome": outcome.value, "revision": now.revision, "fields": fields}

    def _answer(self, row: SheetRow) -> tuple[str, Standing]:
        """Return the answer that the row names, and its key."""
        key = _cell(row, "key").lower()
        now = self.standing.get(key)
        if now is None:
            raise Refused(Reason.ELSEWHERE if key in self.elsewhere else Reason.UNKNOWN, key)
        if _cell(row, "code") != portable(now.code):
            raise Refused(Reason.CODE, _cell(row, "code"))
        if key in self.seen:
            raise Refused(Reason.TWICE)
        self.seen.add(key)
        if not row.computed.isdisjoint(EDITABLE):
            raise Refused(Reason.COMPUTED)
        if not 0 < _revision(row) <= now.revision:
            raise Refused(Reason.REVISION, _cell(row, "revision"))
        return key, now

    def _changes(self, row: SheetRow, now: Standing) -> dict[str, str | None]:
        """Return what the sheet says that the answer does not say, by field."""
        exported, says = _prints(row), _says(row)
        prints = prints_of(now.texts() | says)
        texts = now.texts()
        return {
            name: self._read(name, text)
            for name, text in says.items()
            if exported.get(name) != prints[name] and canonical(name, texts[name]) != text
        }

    def _read(self, name: str, text: str) -> str | None:
        """Return ``text`` as the answer would keep it."""
        if name == "verdict":
            if text not in Verdict.values:
                raise Refused(Reason.VERDICT, text)
            return text
        if name == "justification":
            if len(text) > LONGEST_JUSTIFICATION:
                raise Refused(Reason.TOO_LONG)
            return text
        if not text:
            return None
        if name == "owner":
            if text not in self.members:
                raise Refused(Reason.OWNER, text)
            return self.members[text]
        if day_of(text) is None:
            raise Refused(Reason.DAY, text)
        return text


def _cell(row: SheetRow, name: str) -> str:
    return portable(row.values.get(name, ""))


def _says(row: SheetRow) -> dict[str, str]:
    """Return what the editable columns say; one that the file lacks says nothing."""
    return {name: canonical(name, row.values[name]) for name in EDITABLE if name in row.values}


def _revision(row: SheetRow) -> int:
    text = _cell(row, "revision")
    return int(text) if text.isdecimal() and len(text) <= len("4294967295") else 0


def _prints(row: SheetRow) -> dict[str, str]:
    """Return the prints the row was exported with; without them each field counts as touched."""
    prints = _cell(row, "prints").split("-")
    return dict(zip(EDITABLE, prints, strict=True)) if len(prints) == len(EDITABLE) else {}


def _overlap(row: SheetRow, now: Standing, changes: Mapping[str, Any]) -> bool:
    """Tell whether somebody changed in the portal what the sheet changes too."""
    exported, current = _prints(row), prints_of(now.texts())
    return any(
        exported.get(name) != current[name]
        for group in TOGETHER
        if not changes.keys().isdisjoint(group)
        for name in group
    )
