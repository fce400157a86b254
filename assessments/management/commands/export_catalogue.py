"""Write an edition of the catalogue to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import translation

from ansm_portal.errors import PortalError
from assessments.catalogue.formats.registry import Format
from assessments.models import Catalogue
from assessments.services.edition_export import export


class Command(BaseCommand):
    """Find an edition by its name, and write it in one of the formats."""

    help = "Write an edition of the catalogue, published or draft, to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "edition", metavar="EDITION", help="its catalogue and edition, or only the edition"
        )
        parser.add_argument("--format", choices=Format.values, default=Format.YAML)
        parser.add_argument("--output", type=Path, required=True, metavar="FILE")

    @translation.override("en")
    def handle(self, *args: Any, **options: Any) -> None:
        catalogue = self._found(options["edition"])
        file: Path = options["output"]
        try:
            content = export(catalogue, options["format"])
            file.write_bytes(content)
        except PortalError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        if options["verbosity"]:
            self.stdout.write(f"{catalogue}: {len(content)} bytes in {file}")

    def _found(self, name: str) -> Catalogue:
        named = Catalogue.objects.annotate(name=Concat("key", Value(" "), "edition"))
        found = list(named.filter(name=name)) or list(named.filter(edition=name))
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"“{each}”" for each in named.order_by("key", "edition"))
        reason = "several editions are called so" if found else "no edition is called so"
        raise CommandError(f"“{name}”: {reason}. There are: {known or 'none'}.")
