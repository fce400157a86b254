"""Load an edition of the catalogue from a YAML file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from ansm_portal.errors import PortalError
from assessments.catalogue.reading import Unreadable
from assessments.catalogue.schema import CatalogueFile, Invalid, parse
from assessments.services.catalogue import Loaded, load


class Command(BaseCommand):
    """Check the whole file, then load all of it or nothing."""

    help = "Load an edition of the catalogue; loading the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--draft", action="store_true", help="do not publish it: it can be edited in the admin"
        )

    @translation.override("en")
    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            parsed = parse(file.read_bytes())
            loaded = load(parsed, publish=not options["draft"])
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except Unreadable as error:
            raise CommandError(f"{file}, {error}. Nothing was loaded.") from error
        except Invalid as error:
            raise CommandError(f"{file}:\n{error}\nNothing was loaded.") from error
        except PortalError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            self._tell(parsed, loaded)

    def _tell(self, parsed: CatalogueFile, loaded: Loaded) -> None:
        state = "here already, unchanged"
        if loaded.is_new:
            state = "loaded and published" if loaded.catalogue.content_sha256 else "loaded as draft"
        phases = Counter(entry["phase"] for entry in parsed.recommendations)
        statuses = Counter(entry["provenance"]["status"] for entry in parsed.recommendations)
        self.stdout.write(f"{loaded.catalogue}: {state}")
        self.stdout.write(_line(len(parsed.recommendations), phases))
        self.stdout.write(_line(len(parsed.recommendations), statuses))


def _line(total: int, counts: Counter[str]) -> str:
    return f"{total} recommendations: " + ", ".join(f"{n} {key}" for key, n in counts.items())
