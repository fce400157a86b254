"""Load the sample organisation: an invented French manufacturer with six devices."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation, User
from assessments.enums import CatalogueState
from assessments.models import Assessment, Catalogue
from assessments.sample.build import Builder
from assessments.sample.plan import PASSWORD, read
from assessments.sample.story import Story
from assessments.services import dossier as dossiers


class Command(BaseCommand):
    """Build the sample in one transaction, then issue a dossier of it."""

    requires_system_checks: list[str] = []  # quicker; the server has just made them
    help = "Load an invented manufacturer to look around with; never on a portal in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is an organisation"
        )
        parser.add_argument("--password", default=PASSWORD, help="of everybody in the sample")
        parser.add_argument("--without-dossier", action="store_true", help="issue no dossier")
        parser.add_argument(
            "--show", action="store_true", help="only print who can sign in, if it is loaded"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show"]:
            self._show(options["password"])
            return
        with tenancy.every_organisation():
            if Organisation.objects.exists():
                if options["if_empty"]:
                    return
                raise CommandError(
                    "There are organisations already; the sample is for an empty portal."
                )
            shown = self._build(options["password"])
            if not options["without_dossier"]:
                dossiers.request_dossier(
                    shown, language="fr", actor=User.objects.get(email__startswith="helene.")
                )
        if options["verbosity"]:
            self._show(options["password"])

    def _show(self, password: str) -> None:
        """Print the accounts of the sample that still have the password."""
        plan = read("organisation.yaml")
        emails = [each["email"] for each in [*plan["people"], *plan["staff"]]]
        people = {user.email: user for user in User.objects.filter(email__in=emails)}
        shown = [people[email] for email in emails if email in people]
        if not shown or not shown[0].check_password(password):
            return
        for user in shown:
            roles = sorted({str(m.get_role_display()) for m in user.memberships.all()})
            self.stdout.write(
                f"  {user.email:38} {', '.join(roles) or 'administration, at /admin/'}"
            )
        self.stdout.write(
            f"  with the password {password} (invented people: on a portal in use, none)"
        )

    @transaction.atomic
    def _build(self, password: str) -> Assessment:
        wanted = read("organisation.yaml")["catalogue"]
        catalogue = Catalogue.objects.filter(**wanted, state=CatalogueState.PUBLISHED).first()
        if catalogue is None:
            raise CommandError("Load a catalogue first: manage.py load_catalogue FILE.")
        builder = Builder(catalogue, password=password)
        builder.build()
        return Story(builder).tell()
