"""Load the frameworks beside the catalogue and the crosswalk that leads to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ansm_portal.errors import PortalError
from assessments.catalogue import crosswalk_file
from assessments.catalogue.reading import Unreadable
from assessments.catalogue.schema import Invalid
from assessments.services.crosswalk_loading import load

DATA: Final = Path(crosswalk_file.__file__).parent / "data"


class Command(BaseCommand):
    """Check both files whole, then load all of them or nothing."""

    help = "Load frameworks and the crosswalk; loading the same files again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--frameworks", type=Path, metavar="FILE", default=DATA / "frameworks.yaml"
        )
        parser.add_argument(
            "--crosswalk", type=Path, metavar="FILE", default=DATA / "crosswalk.yaml"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = _checked(options["frameworks"], crosswalk_file.parse_frameworks)
        files = _checked(options["crosswalk"], partial(crosswalk_file.parse, frameworks=rows))
        try:
            done = load(files)
        except PortalError as error:
            raise CommandError(f"{error} Nothing was loaded.") from error
        if options["verbosity"]:
            self.stdout.write(_line(len(files.frameworks), "frameworks", done.frameworks))
            self.stdout.write(_line(done.mappings.total(), "mappings", done.mappings))


def _checked(path: Path, parse: Callable[[bytes], Any]) -> Any:
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except Unreadable as error:
        raise CommandError(f"{path}, {error}. Nothing was loaded.") from error
    except Invalid as error:
        raise CommandError(f"{path}:\n{error}\nNothing was loaded.") from error


def _line(total: int, what: str, counts: Counter[str]) -> str:
    return f"{total} {what}: " + ", ".join(f"{n} {word}" for word, n in sorted(counts.items()) if n)
