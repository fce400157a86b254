"""The statement of applicability: what was left out or kept, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assessments.dossier.document import Document


class Applicability:
    """What the profile or a person left out, and what a person kept all the same."""

    def __init__(self, document: Document) -> None:
        entries = document.entries
        left_out = [each for each in entries if not each.applicability.is_applicable]
        self.excluded = [each for each in left_out if not each.applicability.is_set_aside]
        self.set_aside = [each for each in left_out if each.applicability.is_set_aside]
        self.judged_not_applicable = [
            each for each in document.applicable if each.verdict.key == "not_applicable"
        ]
        self.included_all_the_same = [
            each for each in document.applicable if each.applicability.inclusion_reason
        ]
