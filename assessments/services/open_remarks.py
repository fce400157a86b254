"""Non-conformities that are open when a phase is accepted or signed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.models import PhaseReview, Remark


class OpenRemarks(PortalError):
    """A phase is signed without a reason although non-conformities are open."""


def open_remarks(review: PhaseReview) -> list[Remark]:
    """Return the minor and major remarks of the phase that nobody closed, by recommendation."""
    return list(
        Remark.objects.filter(
            organisation_id=review.organisation_id,
            answer__assessment_id=review.assessment_id,
            answer__phase=review.phase,
            answer__left_by=None,
            is_blocking=True,
        )
        .select_related("answer", "raised_by")
        .order_by("answer__position", "raised_at", "pk")
    )


def sentence_on(remarks: Sequence[Remark]) -> str:
    """Say on which recommendations non-conformities are open."""
    codes = dict.fromkeys(remark.code for remark in remarks)
    return _("Non-conformities are open on %(codes)s.") % {"codes": ", ".join(codes)}


def reason_for(remarks: Sequence[Remark], given: str) -> str:
    """Return why the phase is signed although ``remarks`` are open; none open, no reason.

    Raises:
        OpenRemarks: some are open, and no reason is given.
    """
    if not remarks:
        return ""
    if not given.strip():
        raise OpenRemarks(
            sentence_on(remarks)
            + " "
            + _("Have them closed before you sign, or say why you sign all the same.")
        )
    return given
