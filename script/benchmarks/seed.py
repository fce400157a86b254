"""Many rows for the benchmarks, in bulk: what the services would write, without their time.

A few devices are filled as people would have filled them; all others, and all other
organisations, are copies of these, made inside the database. A copy has the key of its original
but for one byte, so that references between copies keep their aim.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.utils import timezone

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.permissions import Role
from ansm_portal.tenancy import OrganisationOwned
from assessments.models import (
    Answer,
    Assessment,
    Catalogue,
    Evidence,
    EvidenceLink,
    PhaseReview,
    Recommendation,
    Remark,
    SearchEntry,
    Section,
)
from assessments.services.counters import recount
from assessments.services.search import index
from devices.enums import LifecyclePhase
from devices.models import Device, DeviceVersion
from script.benchmarks.words import text

VERDICTS = ("followed", "followed", "adapted", "partly_followed", "not_followed", "not_assessed")
VERSIONS = ("1.0", "2.0", "3.0")
PEOPLE, PIECES = 10, 2000
FILLED = 25  # devices; the others are copies
UNCITED = 51  # every 51st answer cites nothing, the others two pieces each
CARRIED = 10  # every tenth device starts its newest version from the one before
OF_A_DEVICE: Sequence[type[OrganisationOwned]] = (
    Device,
    DeviceVersion,
    Assessment,
    PhaseReview,
    Answer,
    EvidenceLink,
    Remark,
    SearchEntry,
)
OF_AN_ORGANISATION = (Evidence, *OF_A_DEVICE)


@dataclass(frozen=True)
class Team:
    """An organisation and the people in it."""

    organisation: Organisation
    people: tuple[User, ...]

    @property
    def assessor(self) -> User:
        """Who measures."""
        return self.people[0]


def found(slug: str) -> Team:
    """Create an organisation with assessors."""
    organisation = Organisation.objects.create(name=f"Fabricant {slug}", slug=slug)
    people = [
        User(email=f"{slug}-{n}@example.org", first_name="Personne", last_name=f"{slug} {n}")
        for n in range(PEOPLE)
    ]
    User.objects.bulk_create(people)
    Membership.objects.bulk_create(
        Membership(organisation=organisation, user=person, role=Role.ASSESSOR) for person in people
    )
    return Team(organisation, tuple(people))


def fill(team: Team, catalogue: Catalogue, *, devices: int) -> None:
    """Add devices with three versions each, all assessed, with evidence, remarks and words."""
    chance = random.Random(devices)  # noqa: S311 -- texts, not secrets
    pieces = _pieces(team)
    entries = list(catalogue.recommendations.order_by("position"))
    with transaction.atomic():
        for number in range(min(devices, FILLED)):
            _device(team, catalogue, entries, pieces, number=number, chance=chance)
        recount(PhaseReview.objects.filter(organisation=team.organisation))
    own = team.organisation.pk
    first = list(Device.objects.filter(organisation=own).values_list("pk", flat=True))
    for number in range(1, devices // FILLED):
        with transaction.atomic(), connection.cursor() as cursor:
            for model in OF_A_DEVICE:
                _Copy(model, own, own, number=number, among=OF_A_DEVICE).make(cursor, first)


def _pieces(team: Team) -> list[Evidence]:
    return Evidence.objects.bulk_create(
        Evidence(
            organisation=team.organisation,
            number=number,
            kind="reference",
            title=f"Rapport de vérification {number}",
            reference=f"DOC-{number:05d}",
            added_by=team.people[number % PEOPLE],
        )
        for number in range(1, PIECES + 1)
    )


def _device(
    team: Team,
    catalogue: Catalogue,
    entries: Sequence[Recommendation],
    pieces: Sequence[Evidence],
    *,
    number: int,
    chance: random.Random,
) -> None:
    device = Device.objects.create(
        organisation=team.organisation,
        name=f"Dispositif {number:05d}",
        reference=f"BENCH-{number:05d}",
        regulation="mdr",
        device_class=("I", "IIa", "IIb", "III")[number % 4],
        safety_class="ABC"[number % 3],
    )
    before: list[Answer] = []
    for label in VERSIONS:
        is_newest = label == VERSIONS[-1]
        version = DeviceVersion.objects.create(
            organisation=team.organisation,
            device=device,
            label=label,
            phase="development" if is_newest else "post_market",
            is_latest=is_newest,
        )
        assessment = _assessment(team, version, catalogue, is_current=is_newest)
        carried = before if is_newest and number % CARRIED == 0 else []
        before = _answers(team, assessment, entries, carried=carried, chance=chance)
        _support(team, before, pieces, chance=chance)


def _assessment(
    team: Team, version: DeviceVersion, catalogue: Catalogue, *, is_current: bool
) -> Assessment:
    assessment = Assessment.objects.create(
        organisation=team.organisation,
        device_id=version.device_id,
        version=version,
        catalogue=catalogue,
        started_by=team.assessor,
        is_current=is_current,
    )
    PhaseReview.objects.bulk_create(
        PhaseReview(
            organisation=team.organisation,
            assessment=assessment,
            device_id=version.device_id,
            phase=phase,
            position=position,
        )
        for position, phase in enumerate(LifecyclePhase, start=1)
    )
    return assessment


def _answers(
    team: Team,
    assessment: Assessment,
    entries: Sequence[Recommendation],
    *,
    carried: Sequence[Answer],
    chance: random.Random,
) -> list[Answer]:
    today = timezone.localdate()
    sources = {answer.recommendation_id: answer for answer in carried}
    answers = []
    for entry in entries:
        answer = Answer(
            organisation=team.organisation,
            assessment=assessment,
            recommendation=entry,
            device_id=assessment.device_id,
            code=entry.code,
            phase=entry.phase,
            position=entry.position,
            verdict=chance.choice(VERDICTS),
            owner=chance.choice([None, *team.people]),
            carried_from=sources.get(entry.pk),
        )
        if entry.position % 29 == 0 and not carried:
            answer.is_applicable, answer.missing_facts = False, ["wireless"]
            answer.verdict = "not_assessed"
        elif answer.verdict != "not_assessed" or carried:
            answer.justification = text(chance)
            answer.justification_html = f"<p>{answer.justification}</p>\n"
            answer.answered_by, answer.answered_at = chance.choice(team.people), timezone.now()
            answer.to_confirm = bool(carried) and answer.verdict != "not_assessed"
        if answer.is_applicable and chance.random() < 0.5:  # noqa: PLR2004 -- half of them
            answer.due_on = today + dt.timedelta(days=chance.randrange(-60, 300))
        answers.append(answer)
    return answers


def _support(
    team: Team, answers: Sequence[Answer], pieces: Sequence[Evidence], *, chance: random.Random
) -> None:
    """Save the answers with what they cite, remarks on some, and their words."""
    links = []
    for number, answer in enumerate(answers):
        if chance.randrange(UNCITED) == 0:
            continue
        answer.evidence_count = 2
        links += [
            EvidenceLink(
                organisation=team.organisation,
                answer=answer,
                evidence=piece,
                linked_by=team.people[number % PEOPLE],
            )
            for piece in chance.sample(pieces, 2)
        ]
    Answer.objects.bulk_create(answers)
    EvidenceLink.objects.bulk_create(links)
    Remark.objects.bulk_create(
        Remark(
            organisation=team.organisation,
            answer=answer,
            kind="minor",
            text="Quelle version du rapport ?",
            raised_by=team.people[-1],
        )
        for answer in chance.sample(list(answers), len(answers) // 40)
    )
    index(answers)


def long_assessment(team: Team, *, like: Catalogue, rows: int) -> Assessment:
    """Assess one version against an edition of ``rows`` entries, to import as many rows."""
    catalogue = Catalogue.objects.create(
        key="BENCH", edition=str(rows), source_published_on=like.source_published_on
    )
    sections = [
        Section(catalogue=catalogue, key=f"S{number}", phase=phase, position=number)
        for number, phase in enumerate(LifecyclePhase)
    ]
    Section.objects.bulk_create(sections)
    share = -(-rows // len(sections))
    Recommendation.objects.bulk_create(
        Recommendation(
            catalogue=catalogue,
            section=sections[n // share],
            code=f"BENCH-{n:05d}",
            phase=sections[n // share].phase,
            position=n + 1,
            title_fr=f"Recommandation {n}",
            title_en=f"Recommendation {n}",
        )
        for n in range(rows)
    )
    catalogue.state, catalogue.published_at = "published", timezone.now()
    catalogue.content_sha256 = "0" * 64
    catalogue.save()
    device = Device.objects.create(
        organisation=team.organisation,
        name="Importé",
        reference="IMPORT",
        regulation="mdr",
        device_class="III",
        safety_class="C",
    )
    version = DeviceVersion.objects.create(
        organisation=team.organisation, device=device, label="1.0"
    )
    assessment = _assessment(team, version, catalogue, is_current=True)
    chance = random.Random(rows)  # noqa: S311 -- texts, not secrets
    entries = list(catalogue.recommendations.order_by("position"))
    answers = _answers(team, assessment, entries, carried=[], chance=chance)
    Answer.objects.bulk_create(answers)
    index(answers)
    recount(PhaseReview.objects.filter(assessment=assessment))
    return assessment


def copy(team: Team, *, number: int) -> None:
    """Add an organisation with a copy of every row of ``team``'s."""
    other = Organisation.objects.create(name=f"Fabricant {number}", slug=f"bench-{number}")
    with transaction.atomic(), connection.cursor() as cursor:
        for model in OF_AN_ORGANISATION:
            _Copy(
                model, team.organisation.pk, other.pk, number=number, among=OF_AN_ORGANISATION
            ).make(cursor)


@dataclass(frozen=True)
class _Copy:
    """Rows of a model once more, with keys of their own where the rows ``among`` are meant."""

    model: type[OrganisationOwned]
    source: UUID
    target: UUID
    number: int
    among: Sequence[type[OrganisationOwned]]

    def make(self, cursor: Any, devices: Sequence[UUID] = ()) -> None:
        """Copy all rows of the organisation, or those of ``devices``."""
        columns = [each for each in self.model._meta.concrete_fields if self._is_copied(each)]
        values, parameters = [], []
        for field in columns:
            value, bound = self._value(field)
            values.append(value)
            parameters += bound
        table = self.model._meta.db_table
        sql = (
            f"INSERT INTO {table} ({', '.join(f.column for f in columns)}) "  # noqa: S608 -- names
            f"SELECT {', '.join(values)} FROM {table} WHERE organisation_id = %s"
        )
        parameters.append(_bound(self.source))
        if devices:
            marks = ", ".join(["%s"] * len(devices))
            sql += f" AND {self._of_device(marks)}"
            parameters += map(_bound, devices)
        cursor.execute(sql, parameters)

    @staticmethod
    def _is_copied(field: models.Field[Any, Any]) -> bool:
        return not field.generated and not isinstance(field, models.BigAutoField)

    def _of_device(self, marks: str) -> str:
        if self.model is Device:
            return f"id IN ({marks})"
        if any(field.column == "device_id" for field in self.model._meta.concrete_fields):
            return f"device_id IN ({marks})"
        answers = f"SELECT id FROM assessments_answer WHERE device_id IN ({marks})"  # noqa: S608 -- marks
        return f"answer_id IN ({answers})"

    def _value(self, field: models.Field[Any, Any]) -> tuple[str, list[object]]:
        """Return what a column of the copy holds, as SQL, and what is bound in it."""
        column, is_within = field.column, self.source == self.target
        if column == "organisation_id":
            return "%s", [_bound(self.target)]
        if field.primary_key or field.related_model in self.among:
            return self._key(column), []
        if column == "words":
            return "replace(words, %s, %s)", [f"_o{self.source.hex}", f"_o{self.target.hex}"]
        if self.model is Device and is_within and column in {"name", "reference"}:
            return f"{column} || %s", [f"-{self.number}"]
        return column, []

    def _key(self, column: str) -> str:
        """Return the key of the copy of a row: one digit marks it as a copy, two say which.

        Copies inside an organisation, and copies of all of it, differ in different digits.
        """
        marked, numbered = (13, 29) if self.source == self.target else (17, 31)
        is_text = connection.vendor == "sqlite"
        key = column if is_text else f"replace({column}::text, '-', '')"
        for at, digits in ((marked, "f"), (numbered, f"{self.number:02x}")):
            after = at + len(digits)
            key = f"substr({key}, 1, {at - 1}) || '{digits}' || substr({key}, {after})"
        return key if is_text else f"({key})::uuid"


def _bound(key: UUID) -> object:
    return models.UUIDField().get_db_prep_value(key, connection=connection)


def analyse() -> None:
    """Let the planner of the database know what is there, as its own housekeeping would."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def counted() -> str:
    """Say how many rows there are."""
    kinds = {
        "devices": Device,
        "versions": DeviceVersion,
        "answers": Answer,
        "evidence links": EvidenceLink,
    }
    return ", ".join(f"{model.objects.count():,} {name}" for name, model in kinds.items())
