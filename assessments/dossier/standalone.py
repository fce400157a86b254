"""The verifier by itself: no portal, no database, no settings, no network.

``script/verifier`` packs it. Where WeasyPrint and its libraries are there, it compares the pages.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gettext
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from assessments.dossier.command import Unreadable, add_arguments, examine, lines
from assessments.dossier.pages import NotPrinted
from assessments.dossier.press import LOCALE, ROOT
from assessments.dossier.report import Sentence, Verdict, gettext_noop
from assessments.dossier.reporting import to_json
from assessments.dossier.snapshot import Snapshot
from assessments.dossier.trust import Trust

LANGUAGES: Final = ("fr", "en")
_DJANGO: Final = gettext_noop(
    "The pages were not compared with the record: what prints them is not installed here "
    "(%(reason)s)."
)


def main(arguments: list[str] | None = None) -> int:
    """Verify a file. Return 0 when it is intact, 1 when altered, 2 when it is no dossier."""
    parser = argparse.ArgumentParser(
        prog="ansm-verify",
        description=(
            "Verify a dossier, offline. Exit status: 0 intact, 1 altered or sealed by somebody "
            "who is not named with --trust, 2 not a dossier."
        ),
    )
    add_arguments(parser, languages=LANGUAGES)
    parser.add_argument("--quiet", action="store_true", help="say the verdict only")
    options = vars(parser.parse_args(arguments))
    with suppress(ImportError):  # without Django, what needs it is not compared, and that is said
        _configure()
    told = partial(Sentence.told, translate=_translation(options["language"]), written=_written)
    try:
        report = examine(options, own=lambda: Trust(()), printed=_printed)
    except Unreadable as error:
        sys.stderr.write(told(error.finding) + "\n")
        return int(Verdict.NOT_A_DOSSIER)
    said = (
        [to_json(report)] if options["json"] else lines(report, told, only_verdict=options["quiet"])
    )
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.stdout.writelines(f"{line}\n" for line in said)
    return int(report.verdict)


def _translation(language: str) -> Callable[[str], str]:
    return gettext.translation("django", LOCALE, [language], fallback=True).gettext


def _written(day: dt.date) -> str:
    if isinstance(day, dt.datetime):
        return day.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return day.isoformat()


def _printed(snapshot: Snapshot) -> bytes:
    try:
        _configure()
    except ImportError as error:
        raise NotPrinted(Sentence(_DJANGO, {"reason": error})) from error
    from assessments.dossier.printing import printed  # noqa: PLC0415 -- once Django is set up

    return printed(snapshot)


def _configure() -> None:
    """Set Django up for the templates of a dossier: as the portal does, where pages notice."""
    import django  # noqa: PLC0415 -- may be missing
    from django.conf import settings  # noqa: PLC0415 -- may be missing

    if settings.configured:
        return
    settings.configure(
        LANGUAGE_CODE=LANGUAGES[0],
        LANGUAGES=[(code, code) for code in LANGUAGES],
        LOCALE_PATHS=[LOCALE],
        FORMAT_MODULE_PATH="ansm_portal.formats",
        TIME_ZONE="Europe/Paris",
        USE_TZ=True,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [ROOT / "templates"],
            }
        ],
    )
    django.setup()


if __name__ == "__main__":
    sys.exit(main())
