"""How often a page asks the database: seldom, and as often for three rows as for one."""

import datetime as dt
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ansm_portal.permissions import Role
from assessments.bulk import Wish
from assessments.dossier.snapshot import to_canonical_json
from assessments.enums import BulkKind, NotificationKind
from assessments.models import (
    Answer,
    Dossier,
    DossierBatch,
    DossierLink,
    DossierRevision,
    DossierSignatory,
    EditionRun,
    Notification,
    SheetImport,
)
from assessments.services.action import plan
from assessments.services.answer import save_answer
from assessments.services.assessment import start
from assessments.services.auditing import raise_on_dossier
from assessments.services.bulk import Expected, Order, apply
from assessments.services.catalogue import publish
from assessments.services.editions import start_draft
from assessments.services.evidence import cite, supersede
from assessments.services.moving import Way, move
from assessments.services.notification import notify
from assessments.services.own_requirements import create
from assessments.services.remark import Guest, raise_remark, reply
from assessments.services.review import accept_phase, content_of, sign, submit
from assessments.services.saved_filter import keep
from assessments.services.transitions import transition
from devices.enums import LifecyclePhase
from tests.assessments.dossier import samples
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    FrameworkFactory,
    MappingFactory,
    MembershipFactory,
    RecommendationFactory,
    VersionFactory,
)
from tests.factories.accounts import PASSWORD
from tests.site.conftest import with_every_role
from tests.site.urls import OF_AN_ORGANISATION

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

MOST = 8  # session, person and memberships among them
# The journal asks once for each kind of row that its events are about.
# An answer shows its evidence, remarks, their messages and the actions: a query each.
# Its history looks up what belongs to it, then events, then the names of people and evidence.
# The list of answers asks for each list to choose a filter from: sections, people, devices.
# The preview of a dossier reads everything that its record has, a query for each kind of row.
# Whoever moves reads two editions whole, and those between; an assessment names what it could
# move to, where it came from, and what the organisation requires besides.
MORE = {
    "assessments:assessment-move": 17,
    "assessments:move-detail": 12,
    "audit:journal": 6 + 9,
    # Frameworks, their requirements, mappings, answers, evidence, and what mappings are worth.
    "assessments:assessment-coverage": 10,
    "assessments:assessment-coverage-export": 10,
    "assessments:assessment-framework": 10,
    "assessments:assessment-requirement": 11,
    "assessments:assessment-questionnaire": 10,
    # The checks read answers, evidence, actions, other versions, and which of them are off.
    "assessments:assessment-detail": 18,
    "assessments:assessment-findings": 9,
    "assessments:phase-submit": 11,
    "assessments:assessment-preview": 36,
    # Who signs, what was renewed, which is newer, and what auditors raised.
    "assessments:dossier-detail": 9,
    # Frameworks, phases, earlier dossiers and evidence to choose from.
    "assessments:assessment-issue": 13,
    "assessments:answer-edit": 9,
    "assessments:answer-history": 9,
    "assessments:answer-list": 10,
    "assessments:assessment-work": 12,
}


def member(organisation, role=Role.ASSESSOR):
    return MembershipFactory(organisation=organisation, role=role).user


def rows(size):
    """Return an organisation with ``size`` rows of everything, each by somebody else."""
    first = AssessmentFactory(catalogue=CatalogueFactory(sizes=dict.fromkeys(LifecyclePhase, size)))
    organisation = first.organisation
    world = SimpleNamespace(
        organisation=organisation,
        assessment=first,
        device=first.device,
        version=first.version,
        answer=first.answers.filter(phase="design").order_by("position").first(),
        phase=first.phase_reviews.get(phase="design"),
        person=with_every_role(organisation),
    )
    for _ in range(size - 1):
        VersionFactory(device=first.device, is_latest=False)
        AssessmentFactory(version=first.version, actor=member(organisation))
        AssessmentFactory(device__organisation=organisation, actor=member(organisation))
    for _ in range(size):
        _support(world)
    for answer in first.answers.filter(phase="design"):
        _write(answer, author=member(organisation), owner=member(organisation))
    _sign(world)
    _issue(world, size)
    for answer in world.assessment.answers.filter(phase="design"):
        notify(NotificationKind.RETURNED, [world.person.pk], answer, actor=None)
    for _ in range(size):
        world.sheet = SheetImport.objects.create(
            organisation=organisation,
            assessment=first,
            file="sheets/none",
            file_name="answers.xlsx",
            sha256="0" * 64,
            state=SheetImport.State.READY,
            uploaded_by=member(organisation),
        )
    for n in range(size):
        world.filter = keep(
            organisation=organisation,
            name=f"Filter {n}",
            query="owner=me",
            is_shared=True,
            actor=world.person if n else member(organisation),
        )
    _follow(world, size)
    world.notification = Notification.objects.filter(recipient=world.person).first()
    _map(world, size)
    for _ in range(size):
        _change_many(world)
    Answer.objects.filter(phase="development").update(owner=world.person)
    world.assessment.answers.filter(phase="post_market").update(
        is_applicable=False, missing_facts=["connected"]
    )
    return world


def _support(world):
    """Let every answer of the phase cite one more piece, and raise one more remark on one."""
    old, new = (
        EvidenceFactory(organisation=world.organisation, added_by=member(world.organisation))
        for _ in range(2)
    )
    for answer in world.assessment.answers.filter(phase="design"):
        cite(answer.pk, evidence=old, actor=member(world.organisation))
    supersede(old, by=new, actor=member(world.organisation))
    world.evidence = new
    reviewer = member(world.organisation, Role.REVIEWER)
    world.remark = raise_remark(world.answer, kind="question", text="Which?", actor=reviewer)
    reply(world.remark.pk, text="That one.", actor=member(world.organisation))
    world.action = plan(
        organisation=world.organisation,
        title="Redo the report",
        description="",
        owner=member(world.organisation),
        due_on=dt.date(2026, 5, 4),
        actor=reviewer,
        remark=world.remark,
    )


def _write(answer, *, author, owner):
    answer.refresh_from_db()
    save_answer(
        answer.pk,
        revision=answer.revision,
        verdict="followed",
        justification="As planned.",
        owner_id=owner.pk,
        due_on=None,
        actor=author,
    )


def _sign(world):
    submit(world.phase.pk, actor=member(world.organisation))
    review = accept_phase(world.phase.pk, actor=member(world.organisation, Role.REVIEWER))
    sign(
        review.pk,
        actor=member(world.organisation, Role.APPROVER),
        password=PASSWORD,
        role="PRRC",
        meaning="I approve this phase.",
        sha256=content_of(review).sha256,
    )


def _follow(world, size):
    """Let editions follow one another, assessments move, and the organisation have its own."""
    older = CatalogueFactory(sizes={"design": size})
    newer = publish(start_draft(older, edition=f"after {older.edition}", actor=None).pk)
    publish(start_draft(newer, edition=f"after {newer.edition}", actor=None).pk)
    publish(start_draft(world.assessment.catalogue, edition=f"next {size}", actor=None).pk)
    world.run = EditionRun.objects.create(
        organisation=world.organisation,
        catalogue=newer,
        wanted=["0" * 32] * size,
        requested_by=world.person,
    )
    way = Way.of(transition(older, newer))
    for _ in range(size):
        version = VersionFactory(device__organisation=world.organisation)
        other = AssessmentFactory(version=version, catalogue=older, actor=world.person)
        world.move = move(other.pk, way, actor=world.person, run=world.run)
    for number in range(size):
        world.own = create(
            world.organisation,
            key="OWN",
            edition=f"{number}",
            title_fr="À nous",
            title_en="Ours",
            actor=world.person,
        )
        RecommendationFactory(section=world.own.sections.first())
        world.own = publish(world.own.pk)
        start(world.version, catalogue=world.own, actor=world.person, beside=world.assessment)
    world.own = create(
        world.organisation, key="OWN", edition="x", title_fr="À", title_en="O", actor=world.person
    )
    for number in range(size):
        world.requirement = RecommendationFactory(
            section=world.own.sections.first(), code=f"R-{number}"
        )


def _issue(world, size):
    """Issue dossiers, with signatories and revisions, and with links and remarks of an auditor."""
    world.batch = DossierBatch.objects.create(
        organisation=world.organisation, language="fr", requested_by=world.person
    )
    for serial in range(1, size + 1):
        world.other = issued(world, 2 * serial - 1, minutes=0)
        world.dossier = issued(world, 2 * serial, minutes=serial)
    for _ in range(size):
        world.link = DossierLink.objects.create(
            organisation=world.organisation,
            dossier=world.dossier,
            name="Anne Roux",
            body="Notified body",
            email="anne.roux@example.org",
            purpose="Audit",
            language="fr",
            ends_on=dt.date(2099, 12, 31),
            token_sha256=uuid4().hex * 2,
            created_by=member(world.organisation),
        )
        for actor in (world.person, Guest(world.link, "Anne Roux")):
            remark = raise_on_dossier(
                world.dossier,
                code=world.answer.code,
                kind="question",
                text="Which?",
                actor=actor,
            )
            reply(remark.pk, text="That one.", actor=member(world.organisation))
    _sign_and_renew(world, size)


def issued(world, serial, *, minutes):
    record = samples.snapshot(number=f"D-2026-{serial:04d}")
    return Dossier.objects.create(
        organisation=world.organisation,
        assessment=world.assessment,
        year=2026,
        serial=serial,
        language="fr",
        batch=world.batch,
        requested_by=member(world.organisation),
        state="issued",
        issued_at=samples.NOON + dt.timedelta(minutes=minutes),
        snapshot=to_canonical_json(record).decode(),
        snapshot_sha256="0" * 64,
        file="dossiers/none.pdf",
        file_sha256="0" * 64,
        size_bytes=1,
    )


def _sign_and_renew(world, size):
    """Let people be named to sign the dossier, and give it revisions."""
    own = {"organisation": world.organisation, "dossier": world.dossier}
    people = [world.person, *(member(world.organisation) for _ in range(size))]
    for number, person in enumerate(people, start=1):
        DossierSignatory.objects.create(
            **own, position=number, person=person, name=str(person), meaning="I approve."
        )
        DossierRevision.objects.create(
            **own, number=number, file="r.pdf", file_sha256="0" * 64, size_bytes=1,
            stamped_at=timezone.now(), ends_on=dt.date(2030, 1, 1),
        )  # fmt: skip


def _map(world, size):
    """Map an answer to requirements of several frameworks."""
    for _ in range(size):
        framework = FrameworkFactory(sizes=size)
        for requirement in framework.requirements.all():
            for answer in world.assessment.answers.filter(phase="design"):
                world.mapped = requirement
                MappingFactory(code=answer.code, requirement=requirement)


def _change_many(world):
    """Give the answers of a phase to somebody else, at once."""
    actor, owner = member(world.organisation), member(world.organisation)
    wish = Wish(values={"owner_id": owner.pk}, text_max_length=1)
    world.bulk = apply(
        {
            answer.pk: Expected(answer.revision, answer.state)
            for answer in world.assessment.answers.filter(phase="end_of_life")
        },
        Order(kind=BulkKind.ASSIGN, wish=wish),
        organisation=world.organisation,
        token=uuid4(),
        actor=actor,
    ).change


def queries(client, size):
    """Return how often each page asks, by its name."""
    world = rows(size)
    client.force_login(world.person)
    counts = {}
    for address in OF_AN_ORGANISATION:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address.url(world))
        if response.status_code == 200:
            counts[address.name] = len(captured)
    return counts


def test_more_rows_cost_no_more_queries(client):
    one, three = queries(client, 1), queries(client, 3)
    assert one == three
    assert len(one) > 20


def test_a_page_asks_seldom(client):
    counts = queries(client, 1)
    assert {page: n for page, n in counts.items() if n > MORE.get(page, MOST)} == {}
