"""Do what is due at a time: mails each minute, reminders and expiries each day."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation
from assessments.services.mailing import send_due
from assessments.services.reminding import remind

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 60


class Command(BaseCommand):
    """Runs beside the server; with ``--once`` it suits a timer of the system."""

    help = (
        "Send mails that are due; once a day remind people, reopen answers that rest on expired "
        "evidence, and stamp dossiers again whose last time stamp ages."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        done: dt.date | None = None
        while True:
            try:
                done = self._round(done)
            except DatabaseError:
                if options["once"]:
                    raise
                logger.exception("The database did not answer; trying again in a minute.")
            if options["once"]:
                return
            close_old_connections()
            time.sleep(PAUSE_SECONDS)

    def _round(self, done: dt.date | None) -> dt.date:
        """Do what is due; ``done`` is the day whose daily work is done."""
        today = timezone.localdate()
        if done != today:
            call_command("reopen_expired", stdout=self.stdout)
            self._renew()
        with tenancy.every_organisation():
            organisations = list(Organisation.objects.order_by("slug"))
        for organisation in organisations:
            with tenancy.scoped_to([organisation.pk]):
                if done != today and (told := remind(organisation.pk, on=today)):
                    self.stdout.write(f"{organisation.slug}: {told} reminders")
                sent, failed = send_due(organisation, now=timezone.now())
                if sent or failed:
                    self.stdout.write(f"{organisation.slug}: {sent} mails sent, {failed} failed")
        return today

    def _renew(self) -> None:
        """Stamp what is due; what could not be stamped is said, and tried again tomorrow."""
        try:
            call_command("renew_timestamps", stdout=self.stdout, stderr=self.stderr)
        except CommandError as failure:
            self.stderr.write(str(failure))
