"""Make the full-text index of answers again, from what answers say and cite."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation
from assessments.models import Answer
from assessments.search import rebuild
from assessments.services.search import AT_ONCE, index


class Command(BaseCommand):
    """Go through all answers; people may go on working meanwhile."""

    help = "Rebuild the full-text index of answers."

    def handle(self, *args: Any, **options: Any) -> None:
        with tenancy.every_organisation():
            organisations = list(Organisation.objects.order_by("slug"))
        for organisation in organisations:
            with tenancy.scoped_to([organisation.pk]):
                self.stdout.write(f"{organisation.slug}: {self._index(organisation)}")
        rebuild()

    def _index(self, organisation: Organisation) -> int:
        """Write the words of all answers again, some at a time; return how many."""
        keys = Answer.objects.filter(organisation=organisation).values_list("pk", flat=True)
        left = iter(keys.order_by("pk").iterator())
        done = 0
        while some := list(islice(left, AT_ONCE)):
            with transaction.atomic():  # locked: what they say now is what is written
                locked = Answer.objects.select_for_update(of=("self",)).filter(pk__in=some)
                index(list(locked.order_by("pk")))
            done += len(some)
        return done
