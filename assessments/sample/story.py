"""What reviewers and the approver of the sample did, by the services they use."""

from __future__ import annotations

from assessments.enums import RemarkKind
from assessments.models import Answer, Assessment, PhaseReview
from assessments.sample.build import Builder
from assessments.services import remark as remarks
from assessments.services import review as reviews
from devices.enums import LifecyclePhase as Phase

FUNCTION = "Personne chargée de veiller au respect de la réglementation (art. 15 RDM)"
MEANING = "J’approuve cette phase : les positions prises sont celles du fabricant."


class Story:
    """Phases in every state: open, returned, submitted, accepted, signed, reopened."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.people = builder.people

    def tell(self) -> Assessment:
        """Play it; return the assessment that a dossier is issued of."""
        shown = self.builder.assessments["HM-PF500", "3.2.0"]
        implant = self.builder.assessments["HM-NSI", "1.4.2"]
        viewer = self.builder.assessments["HM-LPV", "8.0"]
        self.builder.supersede("SBOM-PF500-3.1.0-extrait.csv")
        self._remarks_on_design(shown)
        self._submit(shown, Phase.DESIGN)
        second = self._answer(shown, "ANSM-CON-02")
        reviews.accept_answer(second.pk, actor=self.people["Hélène"])
        self._accept(shown, Phase.DESIGN)
        self._sign(shown, Phase.DESIGN)
        self._submit(shown, Phase.DEVELOPMENT)
        self._accept(shown, Phase.DEVELOPMENT)
        self._submit(shown, Phase.COMMISSIONING)
        self._return(shown)
        for phase in (Phase.DESIGN, Phase.DEVELOPMENT):
            self._submit(implant, phase)
            self._accept(implant, phase)
            self._sign(implant, phase)
        # A corrected list of components reopens what was signed, visibly.
        self.builder.supersede("SBOM-NSI-1.4.2-extrait.csv")
        self._submit(viewer, Phase.DESIGN)
        self._accept(viewer, Phase.DESIGN)
        self._submit(viewer, Phase.DEVELOPMENT)
        return shown

    def _answer(self, assessment: Assessment, code: str) -> Answer:
        return Answer.objects.get(assessment=assessment, code=code)

    def _review(self, assessment: Assessment, phase: Phase) -> PhaseReview:
        return PhaseReview.objects.get(assessment=assessment, phase=phase)

    def _submit(self, assessment: Assessment, phase: Phase) -> None:
        reviews.submit(self._review(assessment, phase).pk, actor=assessment.started_by)

    def _accept(self, assessment: Assessment, phase: Phase) -> None:
        reviews.accept_phase(self._review(assessment, phase).pk, actor=self.people["Sophie"])

    def _sign(self, assessment: Assessment, phase: Phase) -> None:
        review = self._review(assessment, phase)
        reviews.sign(
            review.pk,
            actor=self.people["Antoine"],
            password=self.builder.password,
            role=FUNCTION,
            meaning=MEANING,
            sha256=reviews.content_of(review).sha256,
        )

    def _remarks_on_design(self, assessment: Assessment) -> None:
        claire, sophie = self.people["Claire"], self.people["Sophie"]
        closed = remarks.raise_remark(
            self._answer(assessment, "ANSM-CON-01"),
            kind=RemarkKind.MINOR,
            text="L’annexe B n’est pas datée : on ne sait pas à quelle révision elle se rapporte.",
            actor=sophie,
        )
        remarks.reply(closed.pk, text="Datée du 2 mars 2026, révision D.", actor=claire)
        remarks.close(closed.pk, actor=sophie)
        remarks.raise_remark(
            self._answer(assessment, "ANSM-CON-03"),
            kind=RemarkKind.OBSERVATION,
            text="L’audit interne de 2027 pourra être cité dès qu’il aura eu lieu.",
            actor=self.people["Hélène"],
        )

    def _return(self, assessment: Assessment) -> None:
        claire, sophie = self.people["Claire"], self.people["Sophie"]
        remarks.raise_remark(
            self._answer(assessment, "ANSM-MES-01"),
            kind=RemarkKind.QUESTION,
            text="Quels services restent actifs après l’assistant ? La liste n’est pas au guide.",
            actor=sophie,
        )
        minor = remarks.raise_remark(
            self._answer(assessment, "ANSM-MES-02"),
            kind=RemarkKind.MINOR,
            text="La durée de validité du secret initial n’est indiquée nulle part.",
            actor=sophie,
        )
        remarks.reply(minor.pk, text="Sept jours ; le guide sera complété.", actor=claire)
        reviews.return_phase(
            self._review(assessment, Phase.COMMISSIONING).pk,
            comment="Deux points à préciser avant acceptation, voir les remarques.",
            actor=sophie,
        )
