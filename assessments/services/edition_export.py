"""Editions as files."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from assessments.catalogue.document import document
from assessments.catalogue.edition import Edition
from assessments.catalogue.formats.crosswalk import Crosswalk, Framework, Link, Requirement
from assessments.catalogue.formats.registry import ENDINGS, Beside, Format, write
from assessments.crosswalk.reading import frameworks_in_force, links_to
from assessments.enums import ProvenanceStatus
from assessments.models import Catalogue

_OTHER: Final = re.compile(r"[^\w.-]+")


def export(catalogue: Catalogue, name: str) -> bytes:
    """Return an edition, draft or not, in the format ``name``: the same bytes each time.

    Raises:
        DoesNotFit: a text is longer than the format holds.
    """
    edition = Edition.of(catalogue)
    beside = Beside(
        comments=comments_on(edition),
        changed_at=catalogue.published_at,
        crosswalk=crosswalk_of(catalogue) if name == Format.CISO else None,
    )
    return write(name, document(edition), beside)


def crosswalk_of(catalogue: Catalogue) -> Crosswalk:
    """Return the frameworks in force, and what entries of an edition are mapped to in them."""
    texts = frameworks_in_force()
    links = links_to([row.pk for text in texts for row in text.requirements], catalogue=catalogue)
    return Crosswalk(
        frameworks=tuple(
            Framework(
                key=text.framework.key,
                name_fr=text.framework.name_fr,
                name_en=text.framework.name_en,
                version=text.framework.edition_en,
                publisher=text.framework.publisher,
                requirements=tuple(
                    Requirement(
                        ref=row.ref,
                        title_fr=row.title_fr,
                        title_en=row.title_en,
                        parent=row.parent_ref,
                    )
                    for row in text.requirements
                ),
            )
            for text in texts
        ),
        links=tuple(
            Link(
                code=link.code,
                framework=text.framework.key,
                ref=row.ref,
                relation=link.relation,
                rationale=f"{link.rationale_en} ({link.status}, {link.confidence} confidence)",
            )
            for text in texts
            for row in text.requirements
            for link in links.get(row.pk, ())
        ),
    )


def file_name(catalogue: Catalogue, name: str) -> str:
    """Return what the file of an edition is called."""
    return f"{_OTHER.sub('-', f'{catalogue.key}-{catalogue.edition}')}{ENDINGS[name]}"


def comments_on(edition: Edition) -> tuple[str, ...]:
    """Return what stands above an edition in a file: what it is, and what it is worth."""
    catalogue = edition.catalogue
    counts = Counter(row.provenance_status for row in edition.recommendations)
    worth = ", ".join(f"{counts[status]} {status}" for status in ProvenanceStatus.values)
    stamp = f", SHA-256 {catalogue.content_sha256}" if catalogue.content_sha256 else ""
    return (
        f"{catalogue}: {catalogue.state}{stamp}",
        f"{len(edition.recommendations)} recommendations: {worth}",
        catalogue.disclaimer_en,
        catalogue.disclaimer_fr,
    )
