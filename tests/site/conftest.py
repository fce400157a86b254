"""One row of everything, for the tests over all addresses."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from uuid import uuid4

import pytest

from ansm_portal.permissions import Role
from assessments.bulk import Wish
from assessments.enums import BulkKind
from assessments.models import (
    Dossier,
    DossierBatch,
    DossierLink,
    EditionRun,
    Notification,
    PhaseReview,
    SheetImport,
)
from assessments.services.action import plan
from assessments.services.bulk import Expected, Order, apply
from assessments.services.catalogue import publish
from assessments.services.editions import start_draft
from assessments.services.evidence import cite
from assessments.services.moving import Way, move
from assessments.services.own_requirements import create
from assessments.services.remark import raise_remark
from assessments.services.saved_filter import keep
from assessments.services.transitions import transition
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    MappingFactory,
    MembershipFactory,
    RecommendationFactory,
)
from tests.kept import kept


@pytest.fixture
def world(db, kept_world):
    """An organisation with one row of everything an address can name: looked at, not changed."""
    return kept_world


@pytest.fixture(scope="module")
def kept_world(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        yield one_of_everything()


def one_of_everything():
    assessment = AssessmentFactory()
    organisation = assessment.organisation
    author = assessment.started_by
    answer = assessment.answers.order_by("position").first()
    evidence = EvidenceFactory(organisation=organisation, added_by=author)
    cite(answer.pk, evidence=evidence, actor=author)
    reviewer = MembershipFactory(organisation=organisation, role=Role.REVIEWER).user
    neighbour = AssessmentFactory().organisation
    own = create(
        organisation, key="OWN", edition="1", title_fr="À nous", title_en="Ours", actor=author
    )
    requirement = RecommendationFactory(section=own.sections.first())
    run = EditionRun.objects.create(
        organisation=organisation, catalogue=assessment.catalogue, requested_by=author
    )
    dossiers = [
        Dossier.objects.create(
            organisation=organisation,
            assessment=assessment,
            year=2026,
            serial=serial,
            language="fr",
            requested_by=author,
        )
        for serial in (1, 2)
    ]
    return SimpleNamespace(
        own=own,
        requirement=requirement,
        run=run,
        edition=assessment.catalogue,
        move=moved(assessment, run, author),
        organisation=organisation,
        everybody=with_every_role(organisation),
        neighbour=neighbour,
        neighbours=with_every_role(neighbour),
        catalogue=assessment.catalogue,
        device=assessment.device,
        version=assessment.version,
        assessment=assessment,
        answer=answer,
        evidence=evidence,
        phase=PhaseReview.objects.get(assessment=assessment, phase="design"),
        bulk=_bulk(assessment, author),
        mapped=MappingFactory(code=answer.code).requirement,
        action=plan(
            organisation=organisation,
            title="Redo the report",
            description="",
            owner=author,
            due_on=dt.date(2026, 5, 4),
            actor=reviewer,
            answer=answer,
        ),
        remark=raise_remark(answer, kind="question", text="Which report?", actor=reviewer),
        notification=Notification.objects.create(
            organisation=organisation,
            recipient=author,
            kind="due",
            target=f"{answer._meta.label_lower}:{answer.pk}",
        ),
        dossier=dossiers[0],
        other=dossiers[1],
        link=DossierLink.objects.create(
            organisation=organisation,
            dossier=dossiers[0],
            name="Anne Roux",
            body="Notified body",
            email="anne.roux@example.org",
            purpose="Audit",
            language="fr",
            ends_on=dt.date(2099, 12, 31),
            token_sha256="1" * 64,
            created_by=author,
        ),
        batch=DossierBatch.objects.create(
            organisation=organisation, language="fr", requested_by=author
        ),
        filter=keep(organisation=organisation, name="Mine", query="", is_shared=True, actor=author),
        sheet=SheetImport.objects.create(
            organisation=organisation,
            assessment=assessment,
            file="sheets/none",
            file_name="answers.xlsx",
            sha256="0" * 64,
            uploaded_by=author,
        ),
    )


def with_every_role(organisation):
    """Return somebody who may do everything in ``organisation``."""
    first, *others = Role
    user = MembershipFactory(organisation=organisation, role=first).user
    for role in others:
        MembershipFactory(organisation=organisation, role=role, user=user)
    return user


def moved(assessment, run, author):
    """Return a move of another assessment of the device."""
    older = CatalogueFactory(sizes={"design": 1})
    newer = publish(start_draft(older, edition=f"after {older.edition}", actor=None).pk)
    other = AssessmentFactory(version=assessment.version, catalogue=older, actor=author)
    return move(other.pk, Way.of(transition(older, newer)), actor=author, run=run)


def _bulk(assessment, author):
    answers = assessment.answers.filter(phase="development")
    return apply(
        {answer.pk: Expected(answer.revision, answer.state) for answer in answers},
        Order(kind=BulkKind.ASSIGN, wish=Wish(values={"owner_id": author.pk}, text_max_length=1)),
        organisation=assessment.organisation,
        token=uuid4(),
        actor=author,
    ).change
