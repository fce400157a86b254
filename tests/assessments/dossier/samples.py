"""Snapshots for tests, without a database."""

import datetime as dt
from dataclasses import replace

from assessments import enums
from assessments.dossier import past
from assessments.dossier import snapshot as record
from assessments.dossier.course import VERBS
from assessments.dossier.edition import (
    Catalogue,
    Provenance,
    Recommendation,
    Source,
    Term,
    Text,
    Texts,
)
from assessments.dossier.own import OwnRequirement, OwnRequirements
from assessments.dossier.press import press
from assessments.dossier.scope import Scope
from devices.enums import Fact, LifecyclePhase, Regulation

NOON = dt.datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 2)
DIGEST = "0123456789abcdef" * 4

VOCABULARIES = {
    "phase": LifecyclePhase,
    "fact": Fact,
    "regulation": Regulation,
    "verdict": enums.Verdict,
    "criterion": enums.Criterion,
    "stakeholder": enums.Stakeholder,
    "provenance": enums.ProvenanceStatus,
    "confidence": enums.Confidence,
    "answer_state": enums.AnswerState,
    "review_state": enums.ReviewState,
    "remark_kind": enums.RemarkKind,
    "action_state": enums.ActionState,
    "evidence_kind": enums.EvidenceKind,
    "framework_nature": enums.FrameworkNature,
    "mapping_relation": enums.MappingRelation,
    "mapping_status": enums.MappingStatus,
    "support": enums.Support,
}
PHASES = ("design", "development", "commissioning", "post_market", "end_of_life")


def text(en):
    return Text(fr=f"{en} (fr)", en=en)


def vocabulary():
    return tuple(
        Term(name, key, text(key.replace("_", " ")), text(f"What {key} means."))
        for name, choices in VOCABULARIES.items()
        for key in choices.values
    ) + tuple(Term("event", verb, text(verb), text("")) for verb in VERBS)


def recommendation(code="ANSM-CON-01", **changes):
    return replace(
        Recommendation(
            code=code,
            title=text(f"Title of {code}"),
            statement=text("Threats are listed and judged before the architecture is fixed."),
            rationale=text("What nobody looked for is found by others."),
            expected_evidence=Texts(fr=("Analyse de risques",), en=("Risk analysis",)),
            stakeholders=("manufacturer", "healthcare_establishment"),
            criteria=("integrity", "availability"),
            applies_when=("all",),
            references=("IEC 81001-5-1 §7.2",),
            provenance=Provenance(
                status="recalled",
                confidence="medium",
                basis="",
                note=text("Recalled from the document."),
                verified_editions=(),
                sources=("S1",),
                official_number="",
                official_page=None,
            ),
        ),
        **changes,
    )


def answer(**changes):
    return replace(
        record.Answer(
            verdict="followed",
            justification="The analysis covers **all** interfaces.",
            owner="Camille Martin",
            due_on=None,
            state="accepted",
            answered_by="Camille Martin",
            answered_at=NOON,
            authors=("Camille Martin",),
            accepted_by="Dominique Petit",
            accepted_at=NOON,
            reopened_reason="",
            evidence=("EV-0001",),
            origin=None,
            revision=3,
        ),
        **changes,
    )


def applies(**changes):
    return replace(
        record.Applicability(
            is_applicable=True,
            is_set_aside=False,
            missing_facts=(),
            inclusion_reason="",
            included_by="",
        ),
        **changes,
    )


def entry(code="ANSM-CON-01", *, applicability=None, **changes):
    return record.Entry(recommendation(code), applicability or applies(), answer(**changes))


def origin(kind="inherited", reason=""):
    return record.Origin(kind, "Plateforme P", "7.1", reason)


def evidence(number="EV-0001", **changes):
    return replace(
        record.Evidence(
            number=number,
            kind="file",
            title="Cybersecurity risk analysis",
            document_revision="C",
            document_on=DAY,
            expires_on=None,
            reference="",
            url="",
            file_name="risks.pdf",
            media_type="application/pdf",
            size_bytes=41_230,
            sha256=DIGEST,
            added_by="Camille Martin",
            added_at=NOON,
            superseded_by="",
            enclosed="",
            enclosed_as="",
        ),
        **changes,
    )


def phase(key="design", *, entries=(), state="signed"):
    done = state != "open"
    return record.Phase(
        key=key,
        review=record.Review(
            state=state,
            submitted_by="Camille Martin" if done else "",
            submitted_at=NOON if done else None,
            accepted_by="Dominique Petit" if done else "",
            accepted_at=NOON if done else None,
            comment="",
            commented_by="",
        ),
        sections=(record.Section(f"{key}-A", text(f"Section of {key}"), "verified", entries),),
    )


def approval(phase_key="design", **changes):
    return replace(
        record.Approval(
            phase=phase_key,
            name="Alix Bernard",
            role="Person responsible for regulatory compliance",
            meaning="I approve the positions of this phase.",
            open_remarks_reason="",
            signed_at=NOON,
            content_sha256=DIGEST,
            voided_at=None,
            void_reason="",
        ),
        **changes,
    )


def remark(**changes):
    return replace(
        record.Remark(
            number="R-1",
            code="ANSM-CON-01",
            dossier="",
            kind="observation",
            text="The wireless link is not named.",
            raised_by="Dominique Petit",
            raised_at=NOON,
            messages=(record.Message("Camille Martin", "It is now, in section 4.", NOON),),
            closed_at=None,
        ),
        **changes,
    )


def action(**changes):
    return replace(
        record.Action(
            number="A-0001",
            code="ANSM-CON-01",
            remark="R-1",
            title="Name the wireless link in section 4",
            description="With its profile and its pairing.",
            owner="Camille Martin",
            due_on=DAY,
            state="done",
            outcome="Section 4 names it.",
            done_by="Camille Martin",
            done_at=NOON,
            check_on=DAY,
            check_note="",
            checked_by="",
            checked_at=None,
        ),
        **changes,
    )


def scope(**changes):
    return replace(
        Scope(
            phases=PHASES,
            phases_left_out=(),
            stakeholder="",
            recommendations=7,
            recommendations_left_out=0,
            is_summary=False,
            with_history=True,
            with_remarks=True,
        ),
        **changes,
    )


def extract(**changes):
    return scope(
        **{
            "phases": ("design",),
            "phases_left_out": PHASES[1:],
            "recommendations": 3,
            "recommendations_left_out": 4,
        }
        | changes
    )


def history(**changes):
    return replace(
        past.History(
            releases=(
                past.Release("3.1.0", DAY, None, ("ansm 2022",)),
                past.Release("3.2.0", DAY, DAY, ("ansm 2022",)),
            ),
            predecessor=past.Predecessor(
                version="3.1.0",
                edition="ansm 2022",
                unchanged=5,
                changes=(
                    past.Change(
                        code="ANSM-CON-02",
                        title=text("Title of ANSM-CON-02"),
                        kind="changed",
                        verdict_before="not_followed",
                        verdict_after="partly_followed",
                        is_justified_anew=True,
                        evidence_added=("EV-0002",),
                        evidence_removed=(),
                    ),
                ),
            ),
            events=(
                past.Event(3, NOON, "assessment.start", "Camille Martin", "", ""),
                past.Event(9, NOON, "phase.return", "Dominique Petit", "design", "One is empty."),
            ),
            dossiers=(
                past.Issued(
                    number="D-2025-0004",
                    issued_at=NOON,
                    language="fr",
                    is_provisional=False,
                    is_whole=True,
                    snapshot_sha256=DIGEST,
                ),
            ),
        ),
        **changes,
    )


def own_requirements(*verdicts, **changes):
    """Return an edition of the organisation's own, with a requirement of each verdict."""
    requirements = [
        OwnRequirement(
            code=f"INT {number}",
            phase="design",
            title=text(f"Internal rule {number}"),
            statement=text("Keys are kept in a module."),
            is_applicable=True,
            verdict=verdict,
            justification="Written down in QP-7.",
            owner="Camille Martin",
            state="accepted",
            accepted_by="Ines Roy",
            evidence=("EV-0001",),
        )
        for number, verdict in enumerate(verdicts or ("followed", "not_followed"), start=1)
    ]
    requirements = [replace(each, **changes) for each in requirements]
    return OwnRequirements("acme", "2026.1", text("Rules of Acme"), DIGEST, tuple(requirements))


def snapshot(**changes):
    """Return a small dossier: five phases, six entries, one of each of the rest."""
    entries = (
        entry(),
        entry("ANSM-CON-02", verdict="partly_followed", evidence=(), due_on=DAY),
        entry(
            "ANSM-CON-03",
            applicability=applies(is_applicable=False, missing_facts=("wireless",)),
            verdict="not_assessed",
            justification="",
            evidence=(),
            state="open",
        ),
    )
    others = ("development", "commissioning", "post_market", "end_of_life")
    sample = record.Snapshot(
        schema=record.SCHEMA,
        schema_version=record.SCHEMA_VERSION,
        number="D-2026-0001",
        language="en",
        issued_at=NOON,
        requested_by="Alix Bernard",
        is_provisional=True,
        scope=scope(),
        register_is_printed=True,
        signatories=(),
        seal=record.Seal(
            subject="Acme (test seal, no legal value)",
            certificate_sha256=DIGEST,
            is_test=True,
            level="PAdES B-B",
        ),
        organisation=record.Organisation(
            "Acme Médical", "1 rue de la Paix\n75002 Paris", "FR-MF-1"
        ),
        device=record.Device(
            name="Perfuseur PX-3",
            reference="PX-3",
            basic_udi_di="376012345PX3AB",
            regulation="mdr",
            device_class="IIb",
            safety_class="C",
            is_implantable=False,
            intended_purpose="Infusion of drugs under the control of a nurse.",
        ),
        version=record.Version(
            "3.2.0", "03760123456789", "post_market", DAY, None, DAY, ("connected",)
        ),
        catalogue=Catalogue(
            key="ansm",
            edition="2022",
            title=text("Cybersecurity of medical devices integrating software"),
            issuer="ANSM",
            source_published_on=dt.date(2022, 9, 23),
            legal_value=text("Good practice without normative value"),
            disclaimer=text("Only the document published by the ANSM is authoritative."),
            content_sha256=DIGEST,
            sources=(Source("S1", "A public source", "https://example.org/source"),),
        ),
        leaves_out_inferred=False,
        phases=(
            phase(entries=entries),
            *(
                phase(key, entries=(entry(f"ANSM-{key[:3].upper()}-01"),), state="open")
                for key in others
            ),
        ),
        evidence=(evidence(), evidence("EV-0002", sha256="f" * 64, superseded_by="")),
        remarks=(remark(),),
        actions=(action(),),
        approvals=(approval(),),
        history=history(),
        own_requirements=(),
        journal=record.JournalHead(17, DIGEST),
        crosswalk=None,
        vocabulary=vocabulary(),
        public_url="",
        press=press(),
        changes=None,
    )
    return replace(sample, **changes)
