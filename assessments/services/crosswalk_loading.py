"""Loading frameworks and the crosswalk: all of both files or nothing; again, it changes nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import rfc8785
from django.db import transaction
from django.utils import timezone

from ansm_portal.errors import PortalError
from assessments.catalogue.crosswalk_file import CrosswalkFiles
from assessments.catalogue.references import all_places
from assessments.enums import Confidence, MappingRelation, MappingStatus
from assessments.models import (
    Catalogue,
    CommonControl,
    CrosswalkState,
    Framework,
    Mapping,
    MappingChange,
    Requirement,
)

_RANK: Final = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}
SAID: Final = ("relation", "rationale_fr", "rationale_en", "source", "confidence", "controls")
_COPIED: Final = (*SAID, "status")


class CrosswalkRefused(PortalError):
    """The files do not fit what is here; the message says what to do."""


@dataclass(slots=True)
class Loaded:
    """What a load did, counted by word: frameworks and mappings."""

    frameworks: Counter[str] = field(default_factory=Counter)
    mappings: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Wanted:
    """What the files say of one recommendation and one requirement."""

    relation: str = MappingRelation.INTERSECTS.value
    confidence: str = Confidence.MEDIUM.value
    french: list[str] = field(default_factory=list)
    english: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)

    def values(self, requirement: Requirement) -> dict[str, Any]:
        """Return the fields of its row; nothing is surer than the place it leads to."""
        surest = min(self.confidence, requirement.confidence, key=lambda c: _RANK[Confidence(c)])
        return {
            "relation": self.relation,
            "rationale_fr": " ".join(self.french),
            "rationale_en": " ".join(self.english),
            "source": "; ".join(self.sources),
            "confidence": surest,
            "controls": self.controls,
        }


@transaction.atomic
def load(files: CrosswalkFiles) -> Loaded:
    """Bring frameworks, common controls and mappings to what the files say.

    What a person said of a mapping stays. A framework that is here under the same edition
    never changes.

    Raises:
        CrosswalkRefused: the edition of the catalogue is not here, a code is not in it, or
            a framework says something else under an edition that is here already.
    """
    header = files.header
    catalogue = Catalogue.objects.filter(
        key=header["catalogue_id"], edition=header["catalogue_version"]
    ).first()
    if catalogue is None:
        raise CrosswalkRefused(
            f"The crosswalk is for {header['catalogue_id']} {header['catalogue_version']}, "
            "which is not here. Load that edition first: manage.py load_catalogue FILE."
        )
    references = dict(catalogue.recommendations.values_list("code", "references"))
    _refuse_unknown(files, references)
    done = Loaded()
    for position, each in enumerate(files.frameworks):
        done.frameworks[_framework(each, position)] += 1
    for position, each in enumerate(files.controls):
        CommonControl.objects.update_or_create(
            key=each["id"],
            defaults={
                "title_fr": each["title_fr"],
                "title_en": each["title_en"],
                "codes": each["ansm_refs"],
                "position": position,
            },
        )
    CommonControl.objects.exclude(key__in=[each["id"] for each in files.controls]).delete()
    _mappings(catalogue, _wanted(files, catalogue, references), done.mappings)
    CrosswalkState.objects.update_or_create(
        is_only=True,
        defaults={
            "generated_on": dt.date.fromisoformat(header["generated"]),
            "status_fr": header["status_fr"],
            "status_en": header["status_en"],
        },
    )
    return done


def _refuse_unknown(files: CrosswalkFiles, references: dict[str, Any]) -> None:
    cited = {(code, each["id"]) for each in files.controls for code in each["ansm_refs"]}
    if unknown := sorted(f"{code} ({key})" for code, key in cited if code not in references):
        raise CrosswalkRefused(
            f"The edition has no such recommendation: {', '.join(unknown)}. "
            "Correct the codes of these controls, or the edition that the file names."
        )


def _framework(said: dict[str, Any], position: int) -> str:
    """Add an edition of a framework, unless it is here; return what was done in a word."""
    digest = hashlib.sha256(rfc8785.dumps(said)).hexdigest()
    there = Framework.objects.filter(key=said["key"], edition_en=said["version_en"]).first()
    if there is not None:
        if there.content_sha256 != digest:
            raise CrosswalkRefused(
                f"{said['key']} is here under the edition “{said['version_en']}” and says "
                "something else. A published framework never changes: give the file a new "
                "version_fr and version_en."
            )
        return "unchanged"
    earlier = Framework.objects.filter(key=said["key"], is_in_force=True).first()
    if earlier is not None:
        earlier.is_in_force = False
        earlier.save(update_fields=["is_in_force"])
    framework = Framework.objects.create(
        key=said["key"],
        edition_fr=said["version_fr"],
        edition_en=said["version_en"],
        publisher=said["publisher"],
        address=said["address"],
        is_address_seen=said["address_seen"],
        dated=said["date"],
        milestones=said.get("milestones", []),
        nature=said["nature"],
        confidence=said["confidence"],
        position=position,
        content_sha256=digest,
        **{
            name: said.get(name) or ""
            for start in ("name", "short", "source", "note")
            for name in (f"{start}_fr", f"{start}_en")
        },
    )
    _requirements(framework, said["requirements"])
    framework.published_at = timezone.now()
    framework.save(update_fields=["published_at"])
    if earlier is not None:
        _carry(earlier, framework)
    return "superseded" if earlier else "new"


def _requirements(framework: Framework, rows: list[dict[str, Any]]) -> None:
    parents = {row["parent"] for row in rows if "parent" in row}
    Requirement.objects.bulk_create(
        Requirement(
            framework=framework,
            ref=row["ref"],
            parent_ref=row.get("parent", ""),
            title_fr=row["title_fr"],
            title_en=row["title_en"],
            confidence=row.get("confidence", framework.confidence),
            question_ids=row.get("question_ids", []),
            is_heading=row["ref"] in parents,
            position=position,
        )
        for position, row in enumerate(rows)
    )


def _carry(earlier: Framework, framework: Framework) -> None:
    """Let what people said of mappings stand for the newer edition, where the place is in it."""
    places = {row.ref: row for row in framework.requirements.all()}
    for mapping in (
        Mapping.objects.filter(requirement__framework=earlier, changes__changed_by__isnull=False)
        .select_related("requirement")
        .distinct()
    ):
        place = places.get(mapping.requirement.ref)
        if place is None:
            continue
        copy = Mapping.objects.create(
            catalogue_key=mapping.catalogue_key,
            code=mapping.code,
            requirement=place,
            **{name: getattr(mapping, name) for name in _COPIED},
        )
        last = mapping.changes.exclude(changed_by=None).order_by("-revision")[0]
        MappingChange.objects.create(
            mapping=copy,
            revision=copy.revision,
            fields={},
            reason=f"Carried over from the edition “{earlier.edition_en}”.",
            changed_by=last.changed_by,
        )


def _wanted(
    files: CrosswalkFiles, catalogue: Catalogue, references: dict[str, Any]
) -> dict[tuple[str, str, str], _Wanted]:
    """Return what both ways of proposing say: common controls, and what entries cite."""
    wanted: dict[tuple[str, str, str], _Wanted] = {}
    state = f"crosswalk.yaml, {files.header['generated']}"
    for control in files.controls:
        for code in control["ansm_refs"]:
            for key, places in control["refs"].items():
                for place in places:
                    _by_control(wanted.setdefault((code, key, place), _Wanted()), control, state)
    for code, cited in references.items():
        for (key, place), reference in all_places(cited, files.places).items():
            each = wanted.setdefault((code, key, place), _Wanted())
            each.french.append(f"La recommandation cite « {reference} ».")
            each.english.append(f"The recommendation cites “{reference}”.")
            each.sources.append(f"{catalogue}, references")
    return wanted


def _by_control(each: _Wanted, control: dict[str, Any], state: str) -> None:
    each.relation = control.get("relation", each.relation)
    each.confidence = control.get("confidence", each.confidence)
    each.controls.append(control["id"])
    title_fr, title_en = control["title_fr"], control["title_en"]
    french = f"Les deux relèvent de la mesure commune {control['id']}, « {title_fr} »."
    english = f"Both belong to the common control {control['id']}, “{title_en}”."
    each.french.append(control.get("rationale_fr", french))
    each.english.append(control.get("rationale_en", english))
    if state not in each.sources:
        each.sources.append(state)


def _mappings(
    catalogue: Catalogue, wanted: dict[tuple[str, str, str], _Wanted], counts: Counter[str]
) -> None:
    places = {
        (row.framework.key, row.ref): row
        for row in Requirement.objects.filter(framework__is_in_force=True).select_related(
            "framework"
        )
    }
    rows = Mapping.objects.filter(
        catalogue_key=catalogue.key, requirement__framework__is_in_force=True
    ).select_related("requirement__framework")
    here = {(row.code, row.requirement.framework.key, row.requirement.ref): row for row in rows}
    judged = set(
        MappingChange.objects.exclude(changed_by=None).values_list("mapping_id", flat=True)
    )
    new = [
        Mapping(
            catalogue_key=catalogue.key,
            code=link[0],
            requirement=places[link[1:]],
            **said.values(places[link[1:]]),
        )
        for link, said in wanted.items()
        if link not in here
    ]
    Mapping.objects.bulk_create(new)
    counts["new"] = len(new)
    for link, row in here.items():
        counts[_renewed(row, wanted.get(link), is_judged=row.pk in judged)] += 1


def _renewed(row: Mapping, said: _Wanted | None, *, is_judged: bool) -> str:
    """Bring a mapping that is here to what the files say; return what was done in a word."""
    after = said.values(row.requirement) if said else {"status": MappingStatus.WITHDRAWN.value}
    if said and not is_judged:
        after["status"] = MappingStatus.PROPOSED.value
    changes = {
        name: [getattr(row, name), value]
        for name, value in after.items()
        if getattr(row, name) != value
    }
    if is_judged:
        return "kept as people left them"
    if not changes:
        return "unchanged"
    for name, (_before, value) in changes.items():
        setattr(row, name, value)
    row.revision += 1
    row.save()
    reason = "The file says so." if said else "The file no longer proposes it."
    MappingChange.objects.create(mapping=row, revision=row.revision, fields=changes, reason=reason)
    return "changed" if said else "withdrawn"
