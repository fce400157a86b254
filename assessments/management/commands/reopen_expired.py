"""Reopen accepted answers whose evidence is no longer valid; run it every day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from ansm_portal import tenancy
from assessments.models import Evidence
from assessments.services.evidence import reopen_for_expired


class Command(BaseCommand):
    """Go through the evidence that expired and is still cited by an accepted answer."""

    help = "Reopen accepted answers that rest on evidence which expired before today."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=dt.date.fromisoformat, metavar="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["on"] or timezone.localdate()
        with tenancy.every_organisation():
            expired = Evidence.objects.filter(
                expires_on__lt=day, links__answer__state="accepted"
            ).distinct()
            for evidence in expired.order_by("pk"):
                codes = [answer.code for answer in reopen_for_expired(evidence)]
                self.stdout.write(f"{evidence.label}: {', '.join(codes)}")
