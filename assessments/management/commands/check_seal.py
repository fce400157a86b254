"""Try the seal that is configured: whose it is, until when, and whether it signs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.services.keystores import forget_refusal
from assessments.services.sealing import identity_for, notice_of_seal, time_authority, try_key


class Command(BaseCommand):
    """Signs a few bytes that are thrown away; exit 1 when that is not possible."""

    help = (
        "Say whose seal is configured and until when, and try its key, and the time-stamping "
        "authority, with a few bytes that are thrown away. Exit status 1: dossiers could not be "
        "sealed now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--retry-pin",
            action="store_true",
            help="give a token the configured PIN although it refused it before",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["retry_pin"]:
            forget_refusal()
        try:
            identity = identity_for(now)
            try_key(identity)
            authority = time_authority()
        except PortalError as refusal:
            raise CommandError(str(refusal)) from refusal
        day = date_format(identity.certificate.not_valid_after_utc.date(), "SHORT_DATE_FORMAT")
        self.stdout.write(
            _("%(subject)s, until %(day)s, SHA-256 %(digest)s")
            % {"subject": identity.subject, "day": day, "digest": identity.sha256}
        )
        self.stdout.write(
            _("Time stamps by %(url)s.") % {"url": authority.url}
            if authority
            else _("Without a time-stamping authority.")
        )
        if notice := notice_of_seal(now):
            self.stdout.write(notice.text)
