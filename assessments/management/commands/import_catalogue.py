"""Bring in an edition from a file of any of the formats, as a draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from ansm_portal.errors import PortalError
from assessments.catalogue.formats.choices import LANGUAGES, Choices
from assessments.catalogue.formats.registry import Format
from assessments.catalogue.reading import Unreadable
from assessments.catalogue.schema import APPLIES_WHEN, PHASES, Invalid
from assessments.enums import Confidence, Criterion, ProvenanceStatus, Stakeholder
from assessments.models import Catalogue
from assessments.services.edition_import import MAX_BYTES, Preview, bring_in, preview

SHOWN: Final = 100


class Command(BaseCommand):
    """Tell what the file would change; then make it a draft, unless it is a dry run."""

    help = "Bring in an edition as a draft: YAML, XLSX, OSCAL or a library of CISO Assistant."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--format", choices=Format.values, default="", help="told by itself")
        parser.add_argument("--dry-run", action="store_true", help="write nothing")
        parser.add_argument("--base", metavar="EDITION", help="the edition to compare with")
        parser.add_argument(
            "--follows", metavar="EDITION", help="the edition that it takes the place of, by code"
        )
        chosen = parser.add_argument_group("what files of others do not say")
        chosen.add_argument("--key", default="", help="name of the catalogue")
        chosen.add_argument("--edition", default="", help="name of the edition")
        chosen.add_argument("--issuer", default="")
        chosen.add_argument("--published", type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        chosen.add_argument("--language", choices=LANGUAGES, default="")
        chosen.add_argument("--phase", choices=sorted(PHASES), default="")
        chosen.add_argument(
            "--phase-of", action="append", default=[], metavar="GROUP=PHASE", help="may be repeated"
        )
        chosen.add_argument("--stakeholders", nargs="*", choices=Stakeholder.values, default=[])
        chosen.add_argument("--criteria", nargs="*", choices=Criterion.values, default=[])
        chosen.add_argument("--applies-when", nargs="*", choices=sorted(APPLIES_WHEN), default=[])
        chosen.add_argument("--provenance", choices=ProvenanceStatus.values, default="")
        chosen.add_argument("--confidence", choices=Confidence.values, default="")

    @translation.override("en")
    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            found = preview(
                _content(file),
                name=options["format"],
                choices=_choices(options),
                base=_base(options["base"]),
                follows=_base(options["follows"]),
            )
            self._tell(found)
            if options["dry_run"]:
                self.stdout.write("Nothing was written.")
                return
            draft = bring_in(found.file)
        except Unreadable as error:
            raise CommandError(f"{file}, {error}. Nothing was written.") from error
        except Invalid as error:
            raise CommandError(f"{file}:\n{error}\nNothing was written.") from error
        except PortalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{draft} is there as a draft.")

    def _tell(self, found: Preview) -> None:
        edition = found.edition
        self.stdout.write(
            f"{edition.catalogue}: {len(edition.recommendations)} recommendations "
            f"in {len(edition.sections)} sections"
        )
        for note in found.found.notes:
            self.stdout.write(f"- {note}")
        for sentence in found.succession:
            self.stdout.write(f"- {sentence}")
        if found.against is None:
            self.stdout.write("There is no edition to compare with.")
        else:
            self.stdout.write(f"Compared with {found.against}: {len(found.changes)} differences")
            self._list(
                f"{change.label} {change.part} {' + '.join((*change.others, change.name))}: "
                + (", ".join(name for name, *_texts in change.fields) or change.title)
                for change in found.changes
            )
        if found.gaps:
            gaps = len(found.file.gaps)
            self.stdout.write(f"{gaps} gaps to fill before it can be published:")
            self._list(map(str, found.gaps))

    def _list(self, lines: Iterable[str]) -> None:
        listed = list(lines)
        for line in listed[:SHOWN]:
            self.stdout.write(f"  {line}")
        if len(listed) > SHOWN:
            self.stdout.write(f"  … and {len(listed) - SHOWN} more")


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CommandError(f"{file} has more than {MAX_BYTES // (1024 * 1024)} MB.")
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _base(name: str | None) -> Catalogue | None:
    if not name:
        return None
    for catalogue in Catalogue.objects.all():
        if name in {str(catalogue), catalogue.edition}:
            return catalogue
    raise CommandError(f"No edition is called “{name}”.")


def _choices(options: dict[str, Any]) -> Choices:
    phases = dict(pair.partition("=")[::2] for pair in options["phase_of"])
    if wrong := [phase for phase in phases.values() if phase not in PHASES]:
        raise CommandError(f"--phase-of: “{wrong[0]}” is not one of {', '.join(sorted(PHASES))}.")
    return Choices(
        key=options["key"],
        edition=options["edition"],
        issuer=options["issuer"],
        published=options["published"],
        language=options["language"],
        phase=options["phase"],
        phases=phases,
        stakeholders=tuple(options["stakeholders"]),
        criteria=tuple(options["criteria"]),
        applies_when=tuple(options["applies_when"]),
        status=options["provenance"],
        confidence=options["confidence"],
    )
