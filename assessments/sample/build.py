"""The sample organisation, made by the services people use, so that its journal is true."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any, Final

from django.core.files.base import ContentFile
from ruamel.yaml import YAML

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.permissions import Role
from assessments.enums import AnswerState, RemarkKind, Verdict
from assessments.models import Answer, Assessment, Catalogue, Evidence, PhaseReview
from assessments.sample import files
from assessments.services import assessment as assessments
from assessments.services import evidence as evidences
from assessments.services import remark as remarks
from assessments.services import review as reviews
from assessments.services.answer import include, save_answer
from assessments.services.evidence import Document
from devices.enums import Fact
from devices.models import Device, DeviceProfile, DeviceVersion
from devices.services import device as devices
from devices.services import version as versions

HERE: Final = Path(__file__).parent
SEED: Final = 20220923
PASSWORD: Final = "portail-demo-2026"  # noqa: S105 -- of invented people, printed by load_sample
DEVICE_FIELDS: Final = (
    "name",
    "reference",
    "basic_udi_di",
    "regulation",
    "device_class",
    "safety_class",
    "is_implantable",
    "intended_purpose",
)
VERSION_FIELDS: Final = ("label", "phase", "released_on", "sale_ends_on", "support_ends_on")
VARIANTS: Final = {
    "partly": Verdict.PARTLY_FOLLOWED,
    "adapted": Verdict.ADAPTED,
    "not": Verdict.NOT_FOLLOWED,
}


def read(name: str) -> Any:
    """Return a data file of the sample."""
    return YAML(typ="safe", pure=True).load((HERE / name).read_text(encoding="utf-8"))


class Builder:
    """Builds the sample once, in the order in which people would have worked."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.plan = read("organisation.yaml")
        self.texts: dict[str, dict[str, str]] = read("answers.yaml")
        self.today: dt.date = self.plan["today"]
        self.random = random.Random(SEED)  # noqa: S311 -- the same sample every time
        self.people: dict[str, User] = {}

    def build(self) -> Assessment:
        """Build everything; return the assessment a dossier is issued of."""
        self._organisations()
        self.evidence = self._evidence()
        shown: Assessment | None = None
        for plan in self.plan["devices"]:
            for assessment in self._device(plan):
                if assessment.device.reference == "HM-PF500":
                    shown = assessment
        if shown is None:
            raise LookupError("The sample has no assessed HM-PF500.")
        self._reviews(shown)
        self._other(Organisation.objects.get(slug="vigie-sante"))
        return shown

    def _organisations(self) -> None:
        organisations = {
            each["slug"]: Organisation.objects.create(**each) for each in self.plan["organisations"]
        }
        self.own = organisations["helianthe"]
        for each in self.plan["people"]:
            user = User.objects.create_user(
                each["email"],
                PASSWORD,
                first_name=each["first"],
                last_name=each["last"],
                language=each.get("language", "fr"),
            )
            self.people[each["first"]] = user
            for role in each["roles"]:
                Membership.objects.create(
                    organisation=organisations[each.get("organisation", "helianthe")],
                    user=user,
                    role=role,
                    ends_on=each.get("ends_on") if role == Role.AUDITOR else None,
                )

    def _device(self, plan: dict[str, Any]) -> list[Assessment]:
        manager = self.people["Hélène"]
        fields = {name: plan.get(name, "") for name in DEVICE_FIELDS}
        fields["is_implantable"] = bool(plan.get("is_implantable"))
        device = devices.register(fields, organisation=self.own, actor=manager)
        made = []
        for each in plan["versions"]:
            version = self._version(device, each)
            if each["assess"]:
                made.append(self._assess(version, each["assess"]))
        return made

    def _version(self, device: Device, plan: dict[str, Any]) -> DeviceVersion:
        fields: dict[str, Any] = {name: plan.get(name) for name in VERSION_FIELDS}
        for fact, name in DeviceProfile.FACT_FIELDS.items():
            fields[name] = fact.value in plan["facts"]
        if not set(plan["facts"]) <= set(Fact.values):
            raise LookupError(f"{device} {plan['label']} has an unknown fact.")
        return versions.register(device, fields, actor=self.people["Hélène"])

    def _assess(self, version: DeviceVersion, shares: dict[str, float]) -> Assessment:
        author = self.people["Claire" if version.device.device_class > "IIa" else "Karim"]
        assessment = assessments.start(version, catalogue=self.catalogue, actor=author)
        for phase, share in shares.items():
            answers = list(Answer.objects.of_phase(assessment, phase).applicable())
            done = round(share * len(answers))
            for answer in answers[:done]:
                self._answer(answer, author)
            for answer in answers[done:]:
                self._plan(answer, author)
        return assessment

    def _answer(self, answer: Answer, author: User) -> None:
        texts = self.texts[answer.code]
        variants = [name for name in VARIANTS if name in texts]
        variant = self.random.choice(variants) if variants and self._often() else ""
        text = texts[variant or "followed"]
        due = self.today + dt.timedelta(days=self.random.randint(-20, 120))
        gap = variant in {"partly", "not"}
        save_answer(
            answer.pk,
            revision=answer.revision,
            verdict=VARIANTS.get(variant, Verdict.FOLLOWED),
            justification=text,
            owner_id=self.random.choice([author, self.people["Karim"]]).pk,
            due_on=due if gap else None,
            actor=author,
        )
        for piece in self._fitting(answer):
            evidences.cite(answer.pk, evidence=piece, actor=author)

    def _plan(self, answer: Answer, author: User) -> None:
        """Give an answer that is still open an owner and a day, as a manager would."""
        if self._often():
            return
        save_answer(
            answer.pk,
            revision=answer.revision,
            verdict=answer.verdict,
            justification=answer.justification,
            owner_id=self.random.choice([author, self.people["Claire"]]).pk,
            due_on=self.today + dt.timedelta(days=self.random.randint(-10, 90)),
            actor=self.people["Hélène"],
        )

    def _often(self) -> bool:
        """Toss a coin that falls on yes three times in five."""
        return self.random.randrange(5) < 3  # noqa: PLR2004 -- as said

    def _fitting(self, answer: Answer) -> list[Evidence]:
        """Choose the evidence that the recommendation calls for, if there is some."""
        key = answer.code.removeprefix("ANSM-")
        return [piece for codes, piece in self.evidence if key in codes or key[:3] in codes]

    def _file(self, content: ContentFile[bytes], **document: Any) -> Evidence:
        stored = evidences.store_file(content, organisation_id=self.own.pk)
        return evidences.add_file(
            stored,
            document=Document(**document),
            organisation=self.own,
            actor=self.people["Claire"],
        )

    def _evidence(self) -> list[tuple[frozenset[str], Evidence]]:
        actor = self.people["Karim"]
        day = dt.date
        pieces: list[tuple[str, Evidence]] = []

        def pdf(codes: str, name: str, title: str, lines: list[str], **document: Any) -> None:
            content = files.report(name, title, lines)
            pieces.append((codes, self._file(content, title=title, **document)))

        pdf(
            "CON-01 CON-02 CON-06 CON-08 SUR-03",
            "DOC-SEC-001-analyse-de-risques.pdf",
            "Analyse de risques de cybersécurité",
            ["23 biens à protéger", "14 événements redoutés", "31 mesures retenues"],
            document_revision="D",
            document_on=day(2026, 3, 2),
        )
        pdf(
            "DEV-05 CON-10 CON-24",
            "rapport-test-intrusion-2026.pdf",
            "Rapport de test d’intrusion",
            ["Deux constats moyens, corrigés", "Aucun constat élevé"],
            document_on=day(2026, 5, 22),
            expires_on=day(2027, 5, 22),
        )
        pdf(
            "MES-04 MES-01 MES-02 CON-28",
            "guide-installation-securisee.pdf",
            "Guide d’installation sécurisée",
            ["Réseau", "Comptes", "Vérification de l’empreinte"],
            document_revision="3",
            document_on=day(2026, 1, 15),
        )
        pdf(
            "SUR-04 SUR-05",
            "exercice-incident-2025.pdf",
            "Compte rendu d’exercice d’incident",
            ["Exercice sur table", "Trois actions"],
            document_on=day(2025, 9, 18),
            expires_on=day(2026, 9, 18),
        )
        boxes = ["Appareil", "Passerelle", "Service hébergé", "Établissement"]
        pieces.append(
            (
                "CON-09 CON-11 CON-17 CON-33",
                self._file(
                    files.diagram("architecture-flux.png", boxes),
                    title="Cartographie des flux",
                    document_revision="B",
                ),
            )
        )
        components = [("composant", "version", "fournisseur", "fin de maintien")]
        old = self._file(
            files.table("sbom-3.1.csv", [*components, ("OpenSSL", "3.0.9", "OpenSSL", "2026-09")]),
            title="Nomenclature logicielle 3.1 (extrait)",
        )
        new = self._file(
            files.table("sbom-3.2.csv", [*components, ("OpenSSL", "3.5.1", "OpenSSL", "2030-04")]),
            title="Nomenclature logicielle 3.2 (extrait)",
        )
        evidences.supersede(old, by=new, actor=self.people["Claire"])
        pieces.append(("DEV-10 DEV-11 SUR-01", new))
        results = [("exigence", "essai", "résultat")] + [
            (f"EXS-{number:03d}", f"ES-{number:03d}", "conforme") for number in range(1, 40)
        ]
        pieces.append(
            (
                "DEV-06 DEV-03 CON-18 CON-32",
                self._file(files.table("essais-securite.csv", results), title="Résultats d’essais"),
            )
        )
        common: dict[str, Any] = {"organisation": self.own, "actor": actor}
        for codes, reference, title in (
            ("CON-03 DEV-13 SUR-02", "PR-07", "Procédure cybersécurité du SMQ"),
            ("DEV-15 CON-05 CON-14", "DOC-SEC-000", "Index du dossier de sécurité"),
            ("FIN", "PR-23", "Procédure de fin de vie"),
            ("SUR-07 SUR-06", "PSUR-2026", "Rapport périodique de sécurité, chapitre 6"),
        ):
            piece = evidences.add_reference(reference, document=Document(title=title), **common)
            pieces.append((codes, piece))
        link = evidences.add_link(
            "https://www.cert.ssi.gouv.fr/",
            document=Document(title="Avis du CERT-FR suivis par la veille"),
            **common,
        )
        pieces.append(("SUR-01", link))
        return [(frozenset(codes.split()), piece) for codes, piece in pieces]

    def _reviews(self, assessment: Assessment) -> None:
        """Design is signed, development accepted, commissioning returned with remarks."""
        claire, sophie = self.people["Claire"], self.people["Sophie"]
        phases = {r.phase: r for r in PhaseReview.objects.filter(assessment=assessment)}
        excluded = Answer.objects.filter(assessment=assessment, is_applicable=False).first()
        if excluded is not None and excluded.phase not in {"design", "development"}:
            include(excluded.pk, reason="Repris à la demande d’un client.", actor=claire)
        first, second, third = Answer.objects.of_phase(assessment, "design").applicable()[:3]
        closed = remarks.raise_remark(
            first,
            kind=RemarkKind.MINOR,
            text="La matrice §5 n’est pas datée.",
            actor=sophie,
        )
        remarks.reply(closed.pk, text="Datée du 2 mars 2026, révision D.", actor=claire)
        remarks.close(closed.pk, actor=sophie)
        remarks.raise_remark(
            third,
            kind=RemarkKind.OBSERVATION,
            text="L’audit interne de 2027 pourra être cité dès qu’il aura eu lieu.",
            actor=sophie,
        )
        reviews.submit(phases["design"].pk, actor=claire)
        reviews.accept_answer(second.pk, actor=self.people["Hélène"])
        accepted = reviews.accept_phase(phases["design"].pk, actor=sophie)
        reviews.sign(
            accepted.pk,
            actor=self.people["Antoine"],
            password=PASSWORD,
            role="Responsable des affaires réglementaires (PRRC)",
            meaning="J’approuve cette phase : les positions prises sont celles du fabricant.",
            sha256=reviews.content_of(accepted).sha256,
        )
        reviews.submit(phases["development"].pk, actor=claire)
        reviews.accept_phase(phases["development"].pk, actor=sophie)
        self._returned(assessment, phases["commissioning"])

    def _returned(self, assessment: Assessment, review: PhaseReview) -> None:
        claire, sophie = self.people["Claire"], self.people["Sophie"]
        reviews.submit(review.pk, actor=claire)
        ready = Answer.objects.of_phase(assessment, review.phase).filter(state=AnswerState.READY)
        question, gap = list(ready)[:2]
        remarks.raise_remark(
            question,
            kind=RemarkKind.QUESTION,
            text="Quels services restent actifs après l’assistant ?",
            actor=sophie,
        )
        minor = remarks.raise_remark(
            gap,
            kind=RemarkKind.MINOR,
            text="La durée de validité du secret initial n’est pas indiquée.",
            actor=sophie,
        )
        remarks.reply(minor.pk, text="Sept jours ; la notice sera complétée.", actor=claire)
        reviews.return_phase(
            review.pk,
            comment="Deux points à préciser avant acceptation, voir les remarques.",
            actor=sophie,
        )

    def _other(self, organisation: Organisation) -> None:
        """A second manufacturer, whom nobody of the first one sees."""
        nora = self.people["Nora"]
        device = devices.register(
            {
                "name": "Tensiomètre Vigie T1",
                "reference": "VS-T1",
                "regulation": "mdr",
                "device_class": "IIa",
                "safety_class": "A",
            },
            organisation=organisation,
            actor=nora,
        )
        fields = {"label": "1.0", "phase": "design", "is_wireless": True, "has_hardware": True}
        version = versions.register(device, fields, actor=nora)
        assessments.start(version, catalogue=self.catalogue, actor=nora)
