"""Who has an answer open. A hint for people, no right and no lock: no event of the journal."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ansm_portal.accounts.models import User
from assessments.models import Answer, AnswerPresence

# A page says every 20 seconds that it is open: somebody unheard for three of them has left.
LEFT_AFTER: Final = dt.timedelta(seconds=60)


@transaction.atomic
def see(answer: Answer, *, by: User) -> None:
    """Note that ``by`` has ``answer`` open, and forget answers that they left."""
    now = timezone.now()
    own = AnswerPresence.objects.filter(user=by)
    own.filter(seen_at__lt=now - LEFT_AFTER).exclude(answer=answer).delete()
    AnswerPresence.objects.update_or_create(
        organisation_id=answer.organisation_id, answer=answer, user=by, defaults={"seen_at": now}
    )


def others_at(answer: Answer, *, than: User) -> QuerySet[AnswerPresence]:
    """Return who else has ``answer`` open, the latest first."""
    return (
        AnswerPresence.objects.filter(answer=answer, seen_at__gte=timezone.now() - LEFT_AFTER)
        .exclude(user=than)
        .select_related("user")
        .order_by("-seen_at")
    )
