"""Ask for the dossiers of many devices at once; the workers make them."""

from __future__ import annotations

import time
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ansm_portal import tenancy
from ansm_portal.accounts.models import Organisation, User
from ansm_portal.errors import PortalError
from assessments.models import DossierBatch
from assessments.services import batching

LOOK_SECONDS: Final = 1.0


class Command(BaseCommand):
    """The current assessment of each device of an organisation."""

    help = "Issue the dossiers of all devices of an organisation; the workers make them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its name in addresses, for example acme")
        parser.add_argument("--all", action="store_true", help="of every device")
        parser.add_argument(
            "--device", action="append", default=[], help="only this reference (repeatable)"
        )
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], default="fr"
        )
        parser.add_argument("--with-evidence", action="store_true", help="attach evidence files")
        parser.add_argument("--actor", required=True, help="e-mail address of who asks")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be made")
        parser.add_argument("--wait", action="store_true", help="until all are made")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["device"]) == options["all"]:
            raise CommandError(_("Say --all, or --device for each device."))
        with tenancy.every_organisation():
            organisation = Organisation.objects.filter(slug=options["organisation"]).first()
            actor = User.objects.filter(email__iexact=options["actor"]).first()
        if organisation is None:
            raise CommandError(_("There is no organisation with this name."))
        if actor is None:
            raise CommandError(_("There is no account with this address."))
        with tenancy.scoped_to([organisation.pk]):
            batch = self._ask(organisation, actor, options)
            if batch is None:
                return
            self.stdout.write(str(batch.pk))
            if options["wait"] and self._failed(batch):
                raise CommandError(_("Not every dossier was issued."))

    def _ask(
        self, organisation: Organisation, actor: User, options: dict[str, Any]
    ) -> DossierBatch | None:
        found = batching.candidates(organisation, language=options["language"])
        wanted = set(options["device"]) or {each.assessment.device.reference for each in found}
        chosen = [each for each in found if each.assessment.device.reference in wanted]
        if missing := wanted - {each.assessment.device.reference for each in chosen}:
            raise CommandError(
                _("No assessment of these devices: %(devices)s.")
                % {"devices": ", ".join(sorted(missing))}
            )
        minutes = batching.minutes(organisation, len(chosen))
        provisional = sum(each.is_provisional for each in chosen)
        said = ngettext("%(count)d dossier", "%(count)d dossiers", len(chosen))
        self.stdout.write(
            (said + _(", about %(minutes)d minutes; provisional: %(provisional)d"))
            % {"count": len(chosen), "minutes": minutes, "provisional": provisional}
        )
        if options["dry_run"]:
            return None
        try:
            batch, refused = batching.request_batch(
                [each.assessment for each in chosen],
                organisation=organisation,
                language=options["language"],
                with_evidence=options["with_evidence"],
                actor=actor,
            )
        except PortalError as refusal:
            raise CommandError(str(refusal)) from refusal
        for sentence in refused:
            self.stderr.write(sentence)
        return batch

    def _failed(self, batch: DossierBatch) -> bool:
        """Wait for the workers; tell whether something was not issued."""
        while True:
            dossiers = list(batch.dossiers.defer("snapshot").order_by("serial"))
            standing = batching.standing(dossiers)
            if standing.is_over:
                for dossier in dossiers:
                    if dossier.failure:
                        self.stderr.write(f"{dossier.number}: {dossier.failure}")
                return standing.issued < standing.total
            time.sleep(LOOK_SECONDS)
