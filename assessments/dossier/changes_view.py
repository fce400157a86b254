"""What changed since an earlier dossier as pages and dossiers show it: in words, texts marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from assessments.differences import marked
from assessments.dossier.changed import ChangedEntry, ChangedPhase, Changes, Move
from assessments.dossier.edition import Text
from assessments.dossier.view import Label

# What a reader sees for the members of a record whose single values are compared.
NAMES: Final = {
    "organisation.name": gettext_lazy("Manufacturer"),
    "organisation.address": gettext_lazy("Postal address"),
    "organisation.srn": gettext_lazy("Single registration number"),
    "device.name": gettext_lazy("Device"),
    "device.reference": gettext_lazy("Reference"),
    "device.basic_udi_di": gettext_lazy("Basic UDI-DI"),
    "device.regulation": gettext_lazy("Regulation"),
    "device.device_class": gettext_lazy("Class"),
    "device.safety_class": gettext_lazy("Software safety class"),
    "device.is_implantable": gettext_lazy("Implantable"),
    "device.intended_purpose": gettext_lazy("Intended purpose"),
    "version.label": gettext_lazy("Version"),
    "version.udi_di": gettext_lazy("UDI-DI"),
    "version.phase": gettext_lazy("Phase of the version"),
    "version.released_on": gettext_lazy("Released"),
    "version.sale_ends_on": gettext_lazy("End of sale"),
    "version.support_ends_on": gettext_lazy("End of security support"),
    "catalogue.key": gettext_lazy("Catalogue"),
    "catalogue.edition": gettext_lazy("Catalogue edition"),
    "catalogue.issuer": gettext_lazy("Issuer of the catalogue"),
    "catalogue.source_published_on": gettext_lazy("Text published"),
    "catalogue.content_sha256": gettext_lazy("Digest of the catalogue edition"),
    "seal.subject": gettext_lazy("Sealed by"),
    "seal.certificate_sha256": gettext_lazy("Digest of the certificate"),
    "seal.is_test": gettext_lazy("Test seal"),
    "seal.level": gettext_lazy("Level of the seal"),
    "is_provisional": gettext_lazy("Provisional copy"),
    "is_applicable": gettext_lazy("Applies"),
    "verdict": gettext_lazy("Verdict"),
    "owner": gettext_lazy("Owner"),
    "due_on": gettext_lazy("Due day"),
}
# Which closed list the values of a member are keys of.
LISTS: Final = {
    "device.regulation": "regulation",
    "version.phase": "phase",
    "verdict": "verdict",
    "review": "review_state",
}
DAYS: Final = frozenset(
    {
        *("version.released_on", "version.sale_ends_on", "version.support_ends_on"),
        *("catalogue.source_published_on", "due_on"),
    }
)
TRUTHS: Final = frozenset(
    {"device.is_implantable", "seal.is_test", "is_provisional", "is_applicable", "fact"}
)
KINDS: Final = {
    "added": pgettext_lazy("evidence since", "new"),
    "removed": pgettext_lazy("evidence since", "no longer cited"),
    "superseded": pgettext_lazy("evidence since", "superseded"),
    "opened": pgettext_lazy("remark since", "raised"),
    "opened_and_closed": pgettext_lazy("remark since", "raised and closed"),
    "closed": pgettext_lazy("remark since", "closed"),
    "reopened": pgettext_lazy("remark since", "opened again"),
    "left": pgettext_lazy("since", "not in the later record"),
    "signed": pgettext_lazy("signature since", "signed"),
    "voided": pgettext_lazy("signature since", "void"),
    "signed_and_voided": pgettext_lazy("signature since", "signed, void by now"),
}


@dataclass(frozen=True, slots=True)
class MoveView:
    """A value before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """A recommendation whose answer differs; ``text`` shows what came and what went."""

    entry: ChangedEntry
    title: str
    verdicts: tuple[Label | None, Label | None] | None
    moves: tuple[MoveView, ...]
    text: SafeString


@dataclass(frozen=True, slots=True)
class PhaseView:
    """The counts of a phase, and its recommendations that differ."""

    label: Label
    counts: ChangedPhase
    verdicts: tuple[tuple[Label, int, int], ...]
    entries: tuple[EntryView, ...]

    @property
    def differing(self) -> int:
        """How many of its answers differ."""
        return self.counts.changed + self.counts.added + self.counts.removed


class ChangesView:
    """Changes in the language of the moment; ``label`` and ``text`` say what the record means."""

    def __init__(
        self,
        changes: Changes,
        *,
        label: Callable[[str, str], Label],
        text: Callable[[Text], str],
    ) -> None:
        self.changes = changes
        self._label, self._text = label, text
        self.moves = [self._move(move) for move in changes.moves]
        self.phases_left = [self._label("phase", key) for key in changes.phases_left]
        self.phases_new = [self._label("phase", key) for key in changes.phases_new]
        self.evidence = [(KINDS[one.kind], one) for one in changes.evidence]
        self.remarks = [
            (KINDS[one.kind], self._label("remark_kind", one.remark_kind), one)
            for one in changes.remarks
        ]
        self.approvals = [
            (KINDS[one.kind], self._label("phase", one.phase), one) for one in changes.approvals
        ]
        self.actions = [
            (
                one,
                self._label("action_state", one.before) if one.before else None,
                self._label("action_state", one.after),
            )
            for one in changes.actions
        ]

    @property
    def differing(self) -> int:
        """How many answers differ."""
        return len(self.changes.entries)

    @property
    def alike(self) -> int:
        """How many answers are as they were."""
        return sum(phase.alike for phase in self.changes.phases)

    @property
    def verdict_moves(self) -> list[tuple[Label, Label, int]]:
        """Which verdicts became which others, and how often, most frequent first."""
        found = Counter(
            (move.before, move.after)
            for entry in self.changes.entries
            for move in entry.moves
            if move.name == "verdict" and entry.kind == "changed"
        )
        return [
            (self._label("verdict", before), self._label("verdict", after), times)
            for (before, after), times in found.most_common()
        ]

    def phases(self, entries: Sequence[ChangedEntry] | None = None) -> list[PhaseView]:
        """Return the phases with their counts, and those of ``entries`` that belong to each."""
        shown = self.changes.entries if entries is None else entries
        return [
            PhaseView(
                label=self._label("phase", phase.phase),
                counts=phase,
                verdicts=tuple(
                    (self._label("verdict", one.verdict), one.before, one.after)
                    for one in phase.verdicts
                ),
                entries=tuple(self._entries(one for one in shown if one.phase == phase.phase)),
            )
            for phase in self.changes.phases
        ]

    def _entries(self, entries: Iterable[ChangedEntry]) -> Iterator[EntryView]:
        for entry in entries:
            verdict = next((move for move in entry.moves if move.name == "verdict"), None)
            yield EntryView(
                entry=entry,
                title=self._text(entry.title),
                verdicts=self._verdicts(verdict) if verdict else None,
                moves=tuple(self._move(move) for move in entry.moves if move.name != "verdict"),
                text=marked(entry.justification_before, entry.justification_after),
            )

    def _verdicts(self, move: Move) -> tuple[Label | None, Label | None]:
        before, after = (
            self._label("verdict", key) if key else None for key in (move.before, move.after)
        )
        return before, after

    def _move(self, move: Move) -> MoveView:
        group, _dot, rest = move.name.partition(".")
        if group == "fact":
            name = str(self._label("fact", rest))
        elif group == "review":
            name = _("Review: %(phase)s") % {"phase": self._label("phase", rest)}
        else:
            name = str(NAMES.get(move.name, move.name))
        known = move.name if group not in ("fact", "review") else group
        return MoveView(name, self._said(known, move.before), self._said(known, move.after))

    def _said(self, name: str, value: str) -> str:
        if not value:
            return "–"
        if name in LISTS:
            return str(self._label(LISTS[name], value))
        if name in TRUTHS:
            return _("yes") if value == "yes" else _("no")
        if name in DAYS:
            return date_format(date.fromisoformat(value), "j F Y")
        return value
