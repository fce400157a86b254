"""Reopen accepted answers whose evidence is no longer valid; run it every day."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation
from assessments.enums import AnswerState
from assessments.models import Evidence
from assessments.services.evidence import reopen_for_expired


def day(text: str) -> dt.date:
    """Read a day of the command line."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a day; write it as 2026-11-20.") from error


class Command(BaseCommand):
    """Go through the evidence that expired and is still cited by an accepted answer."""

    help = "Reopen accepted answers that rest on evidence which expired before today."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day, metavar="DAY", help="instead of today: YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or timezone.localdate()
        with tenancy.every_organisation():
            organisations = list(Organisation.objects.order_by("slug"))
        for organisation in organisations:
            with tenancy.scoped_to([organisation.pk]):
                self._reopen(organisation, on)

    def _reopen(self, organisation: Organisation, on: dt.date) -> None:
        expired = Evidence.objects.filter(
            expires_on__lt=on, links__answer__state=AnswerState.ACCEPTED
        ).distinct()
        for evidence in expired.order_by("number"):
            # Another piece may have reopened its answers a moment ago.
            if reopened := reopen_for_expired(evidence):
                codes = ", ".join(answer.code for answer in reopened)
                self.stdout.write(f"{organisation.slug} {evidence.label}: {codes}")
