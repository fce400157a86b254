"""What a dossier tells of, in words: for its cover, its running heads, and who asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.dossier.scope import Scope


@dataclass(frozen=True, slots=True)
class Told:
    """A scope with the names of its phases and stakeholder; use it under one language."""

    scope: Scope
    phases: Sequence[str]
    phases_left_out: Sequence[str]
    stakeholder: str

    @property
    def kind(self) -> str:
        """What the document is called."""
        if self.scope.is_summary:
            return _("Summary of the cybersecurity dossier")
        if self.scope.is_extract:
            return _("Extract of the cybersecurity dossier")
        return _("Cybersecurity dossier")

    @property
    def marks(self) -> list[str]:
        """What each page says, so that none of them passes for one of a whole dossier."""
        scope = self.scope
        marks = []
        if scope.is_summary:
            marks.append(_("Summary"))
        if scope.is_extract:
            marks.append(_("Extract"))
        if scope.phases_left_out:
            marks.append(
                _("%(told)d of %(total)d phases")
                % {"told": len(self.phases), "total": len(self.phases) + len(self.phases_left_out)}
            )
        if self.stakeholder:
            marks.append(_("share of: %(stakeholder)s") % {"stakeholder": self.stakeholder})
        return marks

    @property
    def sentences(self) -> list[str]:
        """What is in it and what is not, for a reader who has never seen another one."""
        return list(self._sentences())

    def _sentences(self) -> Iterator[str]:
        scope = self.scope
        if scope.is_extract:
            total = scope.recommendations + scope.recommendations_left_out
            yield ngettext(
                "Extract: %(told)d of the %(total)d recommendations of the edition is in it.",
                "Extract: %(told)d of the %(total)d recommendations of the edition are in it.",
                scope.recommendations,
            ) % {"told": scope.recommendations, "total": total}
        if scope.phases_left_out:
            yield _("Phases in it: %(phases)s. Left out: %(left_out)s.") % {
                "phases": get_text_list(list(self.phases), _("and")),
                "left_out": get_text_list(list(self.phases_left_out), _("and")),
            }
        if self.stakeholder:
            yield _("Only the recommendations with a share of: %(stakeholder)s.") % {
                "stakeholder": self.stakeholder
            }
        if scope.is_summary:
            yield _(
                "Summary: the positions, one by one, with justification and evidence, are in "
                "the attached record and not on its pages."
            )
        if not scope.with_remarks:
            yield _("Remarks and actions were left out, whether there are any or not.")
        if not scope.with_history:
            yield _("The history was left out.")
