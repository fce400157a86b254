"""Load the sample organisation: an invented French manufacturer with six devices."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation, User
from assessments.enums import CatalogueState
from assessments.models import Assessment, Catalogue
from assessments.sample.build import PASSWORD, Builder, read
from assessments.services import dossier as dossiers


class Command(BaseCommand):
    """Build the sample in one transaction, then issue a dossier of it."""

    help = "Load an invented manufacturer to look around with; never on a portal in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is an organisation"
        )
        parser.add_argument("--without-dossier", action="store_true", help="issue no dossier")
        parser.add_argument(
            "--show", action="store_true", help="only print who can sign in, if it is loaded"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show"]:
            self._show()
            return
        with tenancy.every_organisation():
            if Organisation.objects.exists():
                if options["if_empty"]:
                    return
                raise CommandError(
                    "There are organisations already; the sample is for an empty portal."
                )
            shown = self._build()
            if not options["without_dossier"]:
                dossiers.request_dossier(
                    shown, language="fr", actor=User.objects.get(email__startswith="helene.")
                )
        if options["verbosity"]:
            self._show()

    def _show(self) -> None:
        """Print the accounts of the sample that still have its password."""
        plan = read("organisation.yaml")
        emails = [each["email"] for each in [*plan["people"], *plan["staff"]]]
        people = {user.email: user for user in User.objects.filter(email__in=emails)}
        shown = [people[email] for email in emails if email in people]
        if not shown or not shown[0].check_password(PASSWORD):
            return
        for user in shown:
            roles = sorted({str(m.get_role_display()) for m in user.memberships.all()})
            self.stdout.write(
                f"  {user.email:38} {', '.join(roles) or 'administration, at /admin/'}"
            )
        self.stdout.write(
            f"  with the password {PASSWORD} (invented people: on a portal in use, none)"
        )

    @transaction.atomic
    def _build(self) -> Assessment:
        catalogue = (
            Catalogue.objects.filter(state=CatalogueState.PUBLISHED).order_by("published_at").last()
        )
        if catalogue is None:
            raise CommandError("Load a catalogue first: manage.py load_catalogue FILE.")
        builder = Builder(catalogue)
        shown = builder.build()
        for each in builder.plan["staff"]:
            user = User.objects.create_user(
                each["email"],
                PASSWORD,
                first_name=each["first"],
                last_name=each["last"],
                is_staff=True,
                is_superuser=each["superuser"],
            )
            if not each["superuser"]:
                user.groups.add(Group.objects.get(name="Catalogue administrators"))
        return shown
