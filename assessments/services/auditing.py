"""What auditors raise on a dossier: on one of its recommendations, or on it as a whole.

It arrives as a remark on the answer there is today. That answer stays as it is, accepted or not,
and so does the dossier; the next dossier of the assessment tells of the remark.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import User
from ansm_portal.errors import PortalError
from assessments.enums import RemarkKind
from assessments.models import Dossier, DossierLink, Remark, RemarkMessage
from assessments.services.remark import Guest, record_raised

DAY: Final = dt.timedelta(days=1)
MOST_A_DAY: Final = 50  # remarks and messages through one link


@transaction.atomic
def raise_on_dossier(
    dossier: Dossier, *, code: str, kind: RemarkKind | str, text: str, actor: User | Guest
) -> Remark:
    """Say what is missing or unclear in a dossier; without a ``code``, in it as a whole.

    Raises:
        PortalError: the dossier is not issued or has no such recommendation, the link is not
            for remarks, or too much came through it today.
    """
    if dossier.issued_at is None:
        raise PortalError(_("Remarks are raised on a dossier that was issued."))
    answer = dossier.assessment.answers.filter(code=code).first() if code else None
    if code and answer is None:
        raise PortalError(_("The dossier has no recommendation with this code. Choose another."))
    raiser: dict[str, Any] = {"raised_by": actor}
    if isinstance(actor, Guest):
        check_flow(actor.link)
        raiser = {"raised_through": actor.link, "raiser_name": str(actor)}
    remark = Remark.objects.create(
        organisation_id=dossier.organisation_id,
        answer=answer,
        dossier=dossier,
        kind=kind,
        text=text,
        **raiser,
    )
    record_raised(remark, actor, answer=code, number=dossier.number)
    return remark


def check_flow(link: DossierLink) -> None:
    """Refuse a remark or a message when the link is not for them, or too many came today.

    Raises:
        PortalError: as said.
    """
    if not link.with_remarks:
        raise PortalError(_("This link is for reading. Ask who sent it for one with remarks."))
    since = timezone.now() - DAY
    said = (
        Remark.objects.filter(raised_through=link, raised_at__gt=since).count()
        + RemarkMessage.objects.filter(through=link, sent_at__gt=since).count()
    )
    if said >= MOST_A_DAY:
        raise PortalError(
            _("Much was written through this link today. Keep your text, and send it tomorrow.")
        )
