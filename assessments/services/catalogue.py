"""Loading and publishing editions of the catalogue."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from assessments.catalogue.schema import CatalogueFile
from assessments.enums import CatalogueState
from assessments.models import Catalogue, Recommendation, Section, Source


class EditionDiffers(PortalError):
    """The edition is published with another content; it never changes."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The edition, and whether this call made it."""

    catalogue: Catalogue
    is_new: bool


def content_sha256(file: CatalogueFile) -> str:
    """Return the digest of a file's content: SHA-256 of its canonical JSON, hex."""
    content: dict[str, Any] = {
        "meta": file.meta,
        "sections": file.sections,
        "recommendations": file.recommendations,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


@transaction.atomic
def load(file: CatalogueFile) -> Loaded:
    """Add a checked file as a published edition; the same content again changes nothing.

    Raises:
        EditionDiffers: the edition is there already and says something else.
    """
    key, edition = file.meta["catalogue_id"], file.meta["catalogue_version"]
    digest = content_sha256(file)
    there = Catalogue.objects.filter(key=key, edition=edition).first()
    if there is not None:
        if there.state == CatalogueState.DRAFT or there.content_sha256 != digest:
            raise EditionDiffers(
                _(
                    "Edition %(edition)s of %(key)s is here already and says something else. "
                    "A published edition never changes: give the file a new edition."
                )
                % {"edition": edition, "key": key}
            )
        return Loaded(there, is_new=False)
    catalogue = _add(file)
    catalogue.state = CatalogueState.PUBLISHED
    catalogue.published_at = timezone.now()
    catalogue.content_sha256 = digest
    catalogue.save()
    return Loaded(catalogue, is_new=True)


def _add(file: CatalogueFile) -> Catalogue:
    meta, document = file.meta, file.meta["source_document"]
    known = {"catalogue_id", "catalogue_version", "disclaimer_fr", "disclaimer_en", "sources"}
    catalogue = Catalogue.objects.create(
        key=meta["catalogue_id"],
        edition=meta["catalogue_version"],
        title_fr=document["title_fr"],
        title_en=document["title_en"],
        issuer=document["issuer"],
        source_published_on=dt.date.fromisoformat(str(document["published"])),
        legal_value_fr=document["legal_value_fr"],
        legal_value_en=document["legal_value_en"],
        disclaimer_fr=meta["disclaimer_fr"],
        disclaimer_en=meta["disclaimer_en"],
        vocabulary={name: value for name, value in meta.items() if name not in known},
    )
    Source.objects.bulk_create(
        Source(catalogue=catalogue, key=each["key"], title=each["title"], url=each.get("url") or "")
        for each in meta["sources"]
    )
    sections = {
        each["key"]: Section(
            catalogue=catalogue,
            key=each["key"],
            phase=each["phase"],
            position=position,
            title_fr=each["fr"],
            title_en=each["en"],
            title_status=each["title_status"],
            source_keys=each["sources"],
        )
        for position, each in enumerate(file.sections, start=1)
    }
    Section.objects.bulk_create(sections.values())
    Recommendation.objects.bulk_create(
        _recommendation(each, position, catalogue, sections[each["section"]])
        for position, each in enumerate(file.recommendations, start=1)
    )
    return catalogue


_COPIED = (
    "phase",
    "title_fr",
    "title_en",
    "statement_fr",
    "statement_en",
    "rationale_fr",
    "rationale_en",
    "expected_evidence_fr",
    "expected_evidence_en",
    "stakeholders",
    "criteria",
    "applies_when",
    "references",
)


def _recommendation(
    entry: dict[str, Any], position: int, catalogue: Catalogue, section: Section
) -> Recommendation:
    provenance = entry["provenance"]
    return Recommendation(
        catalogue=catalogue,
        section=section,
        code=entry["id"],
        position=position,
        provenance_status=provenance["status"],
        confidence=provenance["confidence"],
        provenance_basis=provenance.get("basis") or "",
        provenance_note_fr=provenance["note_fr"],
        provenance_note_en=provenance["note_en"],
        verified_editions=provenance["verified_edition"],
        source_keys=provenance["sources"],
        official_number=provenance["official_number"] or "",
        official_page=provenance["official_page"],
        **{name: entry[name] for name in _COPIED},
    )
