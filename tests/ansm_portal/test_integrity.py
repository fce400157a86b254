"""What the database refuses, whoever asks: raw SQL stands for a shell or a bug."""

from __future__ import annotations

import datetime as dt
from functools import partial
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from ansm_portal import integrity
from ansm_portal.accounts.models import Organisation
from ansm_portal.identifiers import uuid7
from ansm_portal.integrity import owned_models
from ansm_portal.permissions import Role
from ansm_portal.tenancy import Scoped
from assessments.models import (
    Action,
    AnswerDraft,
    AnswerPresence,
    Approval,
    BulkChange,
    BulkEntry,
    CalendarFeed,
    Catalogue,
    CatalogueEvent,
    Dossier,
    DossierBatch,
    DossierLink,
    DossierRevision,
    DossierSignatory,
    EditionMove,
    EditionRun,
    Framework,
    Mapping,
    MappingChange,
    Notification,
    Recommendation,
    Remark,
    RemarkMessage,
    Requirement,
    Retirement,
    SavedFilter,
    SearchEntry,
    Section,
    SheetImport,
    SilencedCheck,
    Source,
    Succession,
)
from assessments.services.auditing import raise_on_dossier
from assessments.services.evidence import cite
from assessments.services.remark import Guest
from devices.models import Device, DeviceVersion
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    FrameworkFactory,
    MappingFactory,
    MembershipFactory,
    RecommendationFactory,
    SectionFactory,
    VersionFactory,
)
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

OWNED = {model._meta.db_table: model for model in owned_models()}
REFERENCES = list(integrity.references())
REFUSALS = {refusal.name: table for table, refusal in integrity.refusals()}
NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
DIGEST = "a" * 64


def one_of_the_workspace(answer, *, remark, guest, person):
    """Add a row to each table that surrounds an answer."""
    own = {"organisation": answer.organisation}
    RemarkMessage.objects.create(**own, remark=remark, text="That of May.", **guest.authorship)
    Action.objects.create(
        **own,
        number=1,
        title="Redo it",
        answer=answer,
        owner=person,
        due_on=NOON,
        created_by=person,
    )
    CalendarFeed.objects.create(
        **own, user=person, token_sha256=sha256(answer.pk.bytes).hexdigest()
    )
    Notification.objects.create(**own, recipient=person, kind="due", target="x:y")
    AnswerDraft.objects.create(**own, answer=answer, author=person, revision=1, verdict="followed")
    AnswerPresence.objects.create(**own, answer=answer, user=person, seen_at=NOON)
    SavedFilter.objects.create(**own, owner=person, name="Mine", query="owner=me")
    SearchEntry.objects.update_or_create(**own, answer=answer)
    SilencedCheck.objects.create(**own, key="sbom-missing", reason="No.", silenced_by=person)
    change = BulkChange.objects.create(**own, kind="assign", made_by=person)
    BulkEntry.objects.create(**own, change=change, answer=answer)
    SheetImport.objects.create(
        **own, assessment=answer.assessment, file="s.xlsx", sha256=DIGEST, uploaded_by=person
    )
    here = answer.assessment.catalogue
    run = EditionRun.objects.create(**own, catalogue=here, requested_by=person)
    EditionMove.objects.create(
        **own,
        assessment=answer.assessment,
        run=run,
        from_catalogue=here,
        to_catalogue=CatalogueFactory(),
        made_by=person,
    )


def one_of_everything(catalogue):
    """Give an organisation at least one row in every owned table; return the organisation."""
    assessment = AssessmentFactory(catalogue=catalogue)
    organisation, author = assessment.organisation, assessment.started_by
    answer = assessment.answers.order_by("position").first()
    evidence = EvidenceFactory(organisation=organisation, added_by=author)
    cite(answer.pk, evidence=evidence, actor=author)
    reviewer = MembershipFactory(organisation=organisation, role=Role.REVIEWER).user
    Approval.objects.create(
        organisation=organisation,
        phase_review=assessment.phase_reviews.first(),
        signed_by=reviewer,
        signed_at=NOON,
        signer_name="Camille Martin",
        signer_role="RAQ",
        meaning="Approved",
        content="{}",
        content_sha256=DIGEST,
    )
    dossier = Dossier.objects.create(
        organisation=organisation,
        assessment=assessment,
        year=2026,
        serial=1,
        language="fr",
        batch=DossierBatch.objects.create(
            organisation=organisation, language="fr", requested_by=author
        ),
        requested_by=author,
        state="issued",
        snapshot="{}",
        snapshot_sha256=DIGEST,
        file="d.pdf",
        file_sha256=DIGEST,
        size_bytes=1,
        issued_at=NOON,
        journal_hash=DIGEST,
        journal_sequence=1,
    )
    own = {"organisation": organisation, "dossier": dossier}
    DossierSignatory.objects.create(
        **own, position=1, person=reviewer, name="Camille Martin", meaning="I approve."
    )
    DossierRevision.objects.create(
        **own, number=1, file="e.pdf", file_sha256=DIGEST, size_bytes=1, stamped_at=NOON,
        ends_on=NOON,
    )  # fmt: skip
    link = DossierLink.objects.create(
        organisation=organisation,
        dossier=dossier,
        name="Anne Roux",
        body="Notified body",
        email="anne.roux@example.org",
        purpose="Audit",
        language="fr",
        ends_on=NOON,
        token_sha256=sha256(dossier.pk.bytes).hexdigest(),
        created_by=author,
    )
    # Through a link, a remark and a message refer to everything that they can.
    guest = Guest(link, "Anne Roux")
    remark = raise_on_dossier(
        dossier, code=answer.code, kind="question", text="Which report?", actor=guest
    )
    one_of_the_workspace(answer, remark=remark, guest=guest, person=author)
    return organisation


@pytest.fixture(scope="module")
def two_makers(django_db_setup, django_db_blocker):
    with kept(django_db_blocker):
        catalogue = CatalogueFactory()
        yield one_of_everything(catalogue), one_of_everything(catalogue)


def some_row(table, organisation):
    return OWNED[table].objects.filter(organisation=organisation).order_by("pk").first()


def key(row):
    is_number = isinstance(row.pk, int)
    return row.pk if is_number or connection.vendor == "postgresql" else row.pk.hex


def new_key(row):
    """Return a key of a row to come; None where the database counts."""
    return None if isinstance(row.pk, int) else uuid7()


def execute(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def test_every_owned_table_has_rows_to_try_with(two_makers):
    empty = [t for t in OWNED for owner in two_makers if some_row(t, owner) is None]
    assert empty == []


# PostgreSQL looks at these constraints before it looks at the reference.
CHECKED_FIRST = {
    "voided_by_move_id": ["approval_voided_by_a_move_is_void"],
    "beside_id": ["assessment_beside_another_is_not_current"],
}


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda r: f"{r.table}.{r.column}")
class TestReference:
    """A reference stays inside the organisation."""

    def test_a_row_cannot_come_to_point_into_another_organisation(self, two_makers, reference):
        mine, other = two_makers
        row = some_row(reference.table, mine)
        foreign = some_row(reference.parent, other)

        # What never changes is refused as such, on SQLite before the reference is looked at.
        own = [r.message for table, r in integrity.refusals() if table == reference.table]
        own += CHECKED_FIRST.get(reference.column, [])
        with pytest.raises(IntegrityError, match="|".join([reference.name, *own])):
            execute(
                f'UPDATE "{reference.table}" SET "{reference.column}" = %s WHERE id = %s',  # noqa: S608 -- names of our models
                key(foreign),
                key(row),
            )

    def test_a_row_cannot_be_added_that_points_into_another_organisation(
        self, two_makers, reference
    ):
        mine, other = two_makers
        row = some_row(reference.table, mine)
        column = next(f for f in row._meta.concrete_fields if f.column == reference.column)
        setattr(row, column.attname, some_row(reference.parent, mine).pk)
        row.organisation, row.pk, row._state.adding = other, new_key(row), True
        for field in row._meta.concrete_fields:
            if field.name in {"serial", "number", "position"}:  # its own, among its like
                setattr(row, field.name, 999)

        # A platform that is none is refused as such before the reference is looked at.
        own = [
            refusal.message
            for table, refusal in integrity.refusals()
            if (table, refusal.operation) == (reference.table, "INSERT")
            and reference.column == "platform_id"
        ] + CHECKED_FIRST.get(reference.column, [])
        with (
            pytest.raises(IntegrityError, match="|".join(["_same_org_", *own])),
            transaction.atomic(),
        ):
            models.Model.save(row, force_insert=True)

    def test_the_same_inside_the_organisation_is_no_foreign_reference(self, two_makers, reference):
        mine, _ = two_makers
        row = some_row(reference.table, mine)
        column = next(f for f in row._meta.concrete_fields if f.column == reference.column)

        changed = execute(
            f'UPDATE "{reference.table}" SET "{reference.column}" = %s WHERE id = %s',  # noqa: S608 -- names of our models
            getattr(row, column.attname) and key(getattr(row, column.name)),
            key(row),
        )

        assert changed == 1


@pytest.mark.parametrize("table", OWNED)
def test_a_row_stays_with_its_organisation(two_makers, table):
    mine, other = two_makers
    row = some_row(table, mine)

    with pytest.raises(IntegrityError):
        execute(
            f'UPDATE "{table}" SET organisation_id = %s WHERE id = %s',  # noqa: S608 -- names of our models
            key(other),
            key(row),
        )


def set_column(model, **values):
    """Return an attempt that sets columns of a row of ``model``, past our own code."""
    return lambda: models.QuerySet(model).filter(pk=_last(model)).update(**values)


def delete(model):
    return lambda: execute(
        f'DELETE FROM "{model._meta.db_table}" WHERE id = %s',  # noqa: S608 -- names of our models
        key(models.QuerySet(model).get(pk=_last(model))),
    )


def _last(model):
    return models.QuerySet(model).order_by("-pk").values_list("pk", flat=True)[0]


def _into(model):
    """Add a row to a published edition."""
    row = models.QuerySet(model).order_by("-pk").first()
    row.pk, row._state.adding, row.position = uuid7(), True, 999
    row.code = row.key = row.ref = "NEW"
    row.save(force_insert=True)


def _platform(**fields):
    """Change the device of a platform, or of a version built on it."""
    base = VersionFactory(device__is_platform=True)
    built = VersionFactory(device__organisation=base.organisation, platform=base)
    device = base.device_id if fields.pop("of_base") else built.device_id
    models.QuerySet(Device).filter(pk=device).update(**fields)


def _on_what_is_none(*, is_new):
    """Build a version, new or not, on one of a device that is no platform."""
    plain = VersionFactory()
    built = VersionFactory(device__organisation=plain.organisation)
    if is_new:
        VersionFactory(device=built.device, is_latest=False, platform=plain)
    models.QuerySet(DeviceVersion).filter(pk=built.pk).update(platform=plain)


def _follow(owner):
    """Return a draft of ``owner`` that follows an edition of nobody."""
    return CatalogueFactory(sizes=False, based_on=CatalogueFactory(), owner=owner)


def _link(model, beside=None, *, astray=""):
    """Add a succession or retirement of a draft, perhaps of an entry of another edition."""
    draft = beside.catalogue if beside else _follow(None)
    predecessor = beside.predecessor if beside else draft.based_on.recommendations.first()
    ends = {"predecessor": predecessor}
    if model is Succession:
        section = draft.sections.first() or SectionFactory(catalogue=draft)
        rows = draft.recommendations.all()
        ends["successor"] = rows.first() or RecommendationFactory(section=section)
    else:
        ends |= {"reason_fr": "Non.", "reason_en": "No."}
    if astray:
        ends[astray] = CatalogueFactory().recommendations.first()
    return model.objects.create(catalogue=draft, **ends)


def _publish(row, *, update=False):
    catalogue = row.catalogue
    catalogue.state, catalogue.published_at, catalogue.content_sha256 = "published", NOON, DIGEST
    catalogue.save()
    if update:
        row.save()
    return row


def _stray(model, end):
    row = _link(model)
    setattr(row, end, CatalogueFactory().recommendations.first())
    row.save()


def _of_another(*, is_new):
    """Assess by the requirements of another organisation."""
    mine, other = Organisation.objects.order_by("pk")[:2]
    catalogue = CatalogueFactory(owner=other)
    assessment = OWNED["assessments_assessment"].objects.filter(organisation=mine).first()
    assessment.catalogue = catalogue
    if is_new:
        assessment.pk, assessment.is_current, assessment._state.adding = uuid7(), False, True
    assessment.save()


def _tell():
    CatalogueEvent.objects.create(
        sequence=1, happened_at=NOON, verb="x", edition="E", previous_hash=DIGEST, hash=DIGEST
    )
    return True


AUDIT_EVENT = OWNED["audit_auditevent"]
EVIDENCE = OWNED["assessments_evidence"]
ATTEMPTS = {
    "audit_event_not_updated": set_column(AUDIT_EVENT, verb="nothing.happened"),
    "audit_event_not_deleted": delete(AUDIT_EVENT),
    "catalogue_published_not_updated": set_column(Catalogue, title_en="Reworded"),
    "catalogue_published_not_deleted": delete(Catalogue),
    "source_not_added_to_published": lambda: _into(Source),
    "source_of_published_not_updated": set_column(Source, title="Reworded"),
    "source_of_published_not_deleted": delete(Source),
    "section_not_added_to_published": lambda: _into(Section),
    "section_of_published_not_updated": set_column(Section, title_fr="Autrement"),
    "section_of_published_not_deleted": delete(Section),
    "recommendation_not_added_to_published": lambda: _into(Recommendation),
    "recommendation_of_published_not_updated": set_column(Recommendation, statement_fr="Non"),
    "recommendation_of_published_not_deleted": delete(Recommendation),
    "catalogue_follows_one_of_its_owner_insert": lambda: _follow(Organisation.objects.first()),
    "catalogue_follows_one_of_its_owner_update": lambda: Catalogue.objects.filter(
        pk=_follow(None).pk
    ).update(owner=Organisation.objects.first()),
    **{
        f"{model._meta.model_name}_{rest}": partial(attempt, model)
        for model in (Succession, Retirement)
        for rest, attempt in {
            "not_added_to_published": lambda model: _link(model, _publish(_link(model))),
            "of_published_not_updated": lambda model: _publish(_link(model), update=True),
            "of_published_not_deleted": lambda model: _publish(_link(model)).delete(),
            "from_the_older_edition_insert": lambda model: _link(model, astray="predecessor"),
            "from_the_older_edition_update": lambda model: _stray(model, "predecessor"),
        }.items()
    },
    "succession_within_its_edition_insert": lambda: _link(Succession, astray="successor"),
    "succession_within_its_edition_update": lambda: _stray(Succession, "successor"),
    "succession_not_of_a_retired_entry": lambda: _link(Succession, _link(Retirement)),
    "retirement_not_of_a_followed_entry": lambda: _link(Retirement, _link(Succession)),
    "catalogue_event_not_updated": lambda: _tell() and CatalogueEvent.objects.update(verb="x"),
    "catalogue_event_not_deleted": lambda: _tell() and CatalogueEvent.objects.all().delete(),
    "dossier_issued_not_changed": set_column(Dossier, snapshot="[]"),
    "dossier_not_deleted": delete(Dossier),
    "signatory_issued_not_changed": set_column(DossierSignatory, meaning="I was there."),
    "signatory_issued_not_deleted": delete(DossierSignatory),
    "revision_not_changed": set_column(DossierRevision, file_sha256="0" * 64),
    "revision_not_deleted": delete(DossierRevision),
    "evidence_content_not_changed": set_column(EVIDENCE, reference="DOC-1 bis"),
    "evidence_not_deleted": delete(EVIDENCE),
    "approval_not_changed": set_column(Approval, signer_name="Somebody else"),
    "approval_not_deleted": delete(Approval),
    "remark_origin_not_changed": set_column(Remark, text="Never mind."),
    "remark_message_not_changed": set_column(RemarkMessage, text="That of June."),
    "remark_message_not_deleted": delete(RemarkMessage),
    "device_platform_in_use": lambda: _platform(of_base=True, is_platform=False),
    "device_platform_on_a_platform": lambda: _platform(of_base=False, is_platform=True),
    "version_built_on_a_platform_insert": lambda: _on_what_is_none(is_new=True),
    "version_built_on_a_platform_update": lambda: _on_what_is_none(is_new=False),
    "assessment_by_an_edition_in_sight_insert": lambda: _of_another(is_new=True),
    "assessment_by_an_edition_in_sight_update": lambda: _of_another(is_new=False),
    "edition_move_not_rewritten": set_column(EditionMove, from_catalogue=uuid7()),
    "framework_published_not_updated": set_column(Framework, name_en="Reworded"),
    "framework_published_not_deleted": delete(Framework),
    "requirement_not_added_to_published": lambda: _into(Requirement),
    "requirement_of_published_not_updated": set_column(Requirement, title_fr="Autrement"),
    "requirement_of_published_not_deleted": delete(Requirement),
    "mapping_links_the_same": set_column(Mapping, code="REC-2"),
    "mapping_not_deleted": delete(Mapping),
    "mapping_change_not_changed": set_column(MappingChange, reason="Another."),
    "mapping_change_not_deleted": delete(MappingChange),
    "bulk_change_not_rewritten": set_column(BulkChange, kind="verdict"),
}


def declared(name):
    return next(refusal for _, refusal in integrity.refusals() if refusal.name == name)


def test_every_refusal_is_tried_here():
    common = {f"{table}_organisation_not_changed" for table in OWNED}
    assert set(ATTEMPTS) == set(REFUSALS) - common
    assert common <= set(REFUSALS)


@pytest.fixture
def published_with_a_source(two_makers):
    """Add an edition with a source, published after it was filled."""
    catalogue = CatalogueFactory(sizes=False)
    Source.objects.create(catalogue=catalogue, key="ANSM", title="The guide")
    section = SectionFactory(catalogue=catalogue)
    last = Recommendation.objects.order_by("-pk").first()
    last.pk, last._state.adding = uuid7(), True
    last.catalogue, last.section, last.code = catalogue, section, "REC-900"
    last.save(force_insert=True)
    catalogue.state, catalogue.published_at = "published", NOON
    catalogue.content_sha256 = DIGEST
    catalogue.save()
    MappingChange.objects.create(mapping=MappingFactory(), revision=2, fields={}, reason="Read.")
    return catalogue


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_database_refuses(published_with_a_source, name):
    with pytest.raises(IntegrityError, match=declared(name).message), transaction.atomic():
        ATTEMPTS[name]()


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Dossier, {"withdrawn_at": NOON, "withdrawal_reason": "Wrong version."}),
        (Approval, {"voided_at": NOON, "void_reason": "An answer changed."}),
        (EVIDENCE, {"title": "A better title"}),
        (Catalogue, {"state": "retired", "retired_at": NOON}),
        (Framework, {"is_in_force": False}),
        (Mapping, {"status": "confirmed"}),
    ],
    ids=[
        "a dossier is withdrawn",
        "a signature voided",
        "evidence renamed",
        "an edition retired",
        "a framework superseded",
        "a mapping confirmed",
    ],
)
def test_what_may_happen_later_is_not_refused(published_with_a_source, model, values):
    assert set_column(model, **values)() == 1


@pytest.mark.parametrize("state", ["draft", "published"])
def test_an_edition_does_not_come_back_from_retirement(published_with_a_source, state):
    Catalogue.objects.filter(pk=published_with_a_source.pk).update(state="retired", retired_at=NOON)

    stamps = {"published_at": None} if state == "draft" else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        Catalogue.objects.filter(pk=published_with_a_source.pk).update(state=state, **stamps)


@pytest.mark.parametrize(
    "field",
    [
        field.name
        for field in Catalogue._meta.concrete_fields
        if field.name not in {"id", "state", "retired_at", "succeeded_by"}
    ],
)
def test_no_column_of_a_published_edition_changes(published_with_a_source, field):
    other = {
        "owner": Organisation.objects.first(),
        "based_on": CatalogueFactory(),
        "source_published_on": dt.date(2020, 1, 1),
        "published_at": timezone.now(),
        "vocabulary": {"criteria": []},
    }.get(field, "another")

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Catalogue.objects.filter(pk=published_with_a_source.pk).update(**{field: other})


@pytest.mark.parametrize(
    "field",
    [
        field.name
        for field in Framework._meta.concrete_fields
        if field.name not in {"id", "is_in_force"}
    ],
)
def test_no_column_of_a_published_framework_changes(field):
    framework = FrameworkFactory()
    other = {
        "published_at": None,
        "milestones": [{"on": "2027-01-01"}],
        "is_address_seen": True,
        "position": 999,
        "nature": "guidance",
        "confidence": "low",
    }.get(field, "another")

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Framework.objects.filter(pk=framework.pk).update(**{field: other})


def test_a_framework_does_not_come_back_into_force():
    framework = FrameworkFactory()
    Framework.objects.filter(pk=framework.pk).update(is_in_force=False)

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Framework.objects.filter(pk=framework.pk).update(is_in_force=True)


@pytest.mark.parametrize("model", [Source, Section, Recommendation])
def test_a_row_of_a_draft_cannot_move_into_a_published_edition(published_with_a_source, model):
    draft = CatalogueFactory(sizes=False)
    row = model.objects.filter(catalogue=published_with_a_source).first()
    row.pk, row._state.adding, row.catalogue = uuid7(), True, draft
    row.key = row.code = "MOVED"
    row.save(force_insert=True)

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(catalogue=published_with_a_source)


def test_a_draft_may_still_change():
    draft = CatalogueFactory(sizes=False)
    section = SectionFactory(catalogue=draft)

    assert Section.objects.filter(pk=section.pk).update(title_en="Reworded") == 1
    assert Catalogue.objects.filter(pk=draft.pk).update(title_en="Reworded") == 1
    section.delete()
    draft.delete()


def test_a_voided_signature_stays_voided(two_makers):
    approval = Approval.objects.first()
    Approval.objects.filter(pk=approval.pk).update(voided_at=NOON, void_reason="Changed.")

    with pytest.raises(IntegrityError, match="voided"), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(voided_at=None, void_reason="")


def test_superseding_is_for_ever(two_makers):
    mine, _ = two_makers
    first, second, third = (EvidenceFactory(organisation=mine) for _ in range(3))
    EVIDENCE.objects.filter(pk=first.pk).update(superseded_by=second)

    with pytest.raises(IntegrityError, match="never replaced"), transaction.atomic():
        EVIDENCE.objects.filter(pk=first.pk).update(superseded_by=third)


def test_installing_again_changes_nothing():
    connection.check_constraints()  # PostgreSQL installs nothing beside checks that wait
    integrity.install()
    integrity.install()
    one_of_everything(CatalogueFactory())

    with pytest.raises(IntegrityError), transaction.atomic():
        ATTEMPTS["dossier_not_deleted"]()


# The schema, over all models


# Asked across organisations, each for a reason said where it is declared: the queue of all
# workers, and the register for whoever has a file.
ACROSS_ORGANISATIONS = {"dossier_in_progress", "dossier_by_file", "dossier_by_record"}


@pytest.mark.parametrize("model", OWNED.values(), ids=lambda model: model.__name__)
class TestSchema:
    def test_each_index_starts_with_the_organisation(self, model):
        indexes = {
            index.name: index.fields[:1]
            for index in model._meta.indexes
            if index.name not in ACROSS_ORGANISATIONS
        }
        assert all(fields == ["organisation"] for fields in indexes.values()), indexes

    def test_no_index_has_columns_beside_its_key(self, model):
        """SQLite would leave them out, and say nothing (platform.md 2.4)."""
        assert [index.name for index in model._meta.indexes if index.include] == []

    def test_each_unique_constraint_is_within_the_organisation(self, model):
        constraints = [c for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)]
        first = {c.name: c.fields[0] if c.fields else c.expressions[0].name for c in constraints}
        assert first == dict.fromkeys(first, "organisation")

    def test_nothing_else_is_unique_over_organisations(self, model):
        unique = {
            field for field in model._meta.concrete_fields if field.unique and not field.primary_key
        }
        # A key to an owned row stays inside the organisation, so its uniqueness does too.
        across = [f.name for f in unique if not _is_key_to(Scoped, f)]
        assert across == []

    def test_keys_are_uuid7(self, model):
        if model is SearchEntry:  # FTS5 knows its rows by a number; no address names them
            assert isinstance(model._meta.pk, models.BigAutoField)
        else:
            assert model._meta.pk.default is uuid7

    def test_the_organisation_is_never_missing(self, model):
        field = model._meta.get_field("organisation")
        assert (field.null, field.remote_field.on_delete) == (False, models.PROTECT)

    def test_references_between_owned_rows_are_protected(self, model):
        keys = [f for f in model._meta.concrete_fields if _is_key_to(Scoped, f)]
        assert {f.remote_field.on_delete for f in keys} == {models.PROTECT}


def _is_key_to(base, field):
    return isinstance(field.related_model, type) and issubclass(field.related_model, base)


def test_references_are_found_in_the_models():
    assert ("assessments_answer", "assessment_id") in {(r.table, r.column) for r in REFERENCES}
    assert len({r.name for r in REFERENCES}) == len(REFERENCES)
    assert all(len(r.name) <= 63 for r in REFERENCES)
    assert all(len(name) <= 63 for name in REFUSALS)
    assert Organisation._meta.db_table not in OWNED
