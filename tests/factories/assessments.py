import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from ansm_portal.permissions import Role
from assessments.models import Catalogue, Evidence, Recommendation, Section
from assessments.services.assessment import start
from devices.enums import LifecyclePhase
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.devices import VersionFactory


class CatalogueFactory(DjangoModelFactory):
    """A published edition; ``sizes`` says how many entries each phase has."""

    class Meta:
        model = Catalogue
        skip_postgeneration_save = True

    key = "TEST"
    edition = factory.Sequence("{}.0".format)
    title_fr = "Recommandations"
    title_en = "Recommendations"
    issuer = "ANSM"
    source_published_on = dt.date(2022, 9, 23)
    legal_value_fr = "Bonnes pratiques"
    legal_value_en = "Good practice"
    disclaimer_fr = "Seul le texte publié fait foi."
    disclaimer_en = "Only the published text is authoritative."

    @factory.post_generation
    def sizes(self, create, sizes, **kwargs):
        """Add entries to each phase and publish, unless ``sizes`` is False."""
        if sizes is False:
            return
        sizes = sizes or dict.fromkeys(LifecyclePhase, 2)
        position = 0
        for number, (phase, size) in enumerate(sizes.items()):
            section = SectionFactory(catalogue=self, phase=phase, position=number)
            for _ in range(size):
                position += 1
                RecommendationFactory(section=section, position=position)
        publish(self)


def publish(catalogue):
    catalogue.state = "published"
    catalogue.published_at = timezone.now()
    catalogue.content_sha256 = "0" * 64
    catalogue.save()


class SectionFactory(DjangoModelFactory):
    class Meta:
        model = Section

    catalogue = factory.SubFactory(CatalogueFactory, sizes=False)
    phase = LifecyclePhase.DESIGN
    position = factory.Sequence(int)
    key = factory.LazyAttribute(lambda o: f"S-{o.position}")
    title_fr = "Dispositions générales"
    title_en = "General provisions"
    title_status = "verified"


class RecommendationFactory(DjangoModelFactory):
    class Meta:
        model = Recommendation

    section = factory.SubFactory(SectionFactory)
    catalogue = factory.SelfAttribute("section.catalogue")
    phase = factory.SelfAttribute("section.phase")
    position = factory.Sequence(int)
    code = factory.LazyAttribute(lambda o: f"REC-{o.position:03d}")
    title_fr = factory.LazyAttribute(lambda o: f"Recommandation {o.position}")
    title_en = factory.LazyAttribute(lambda o: f"Recommendation {o.position}")
    statement_fr = "Le fabricant prévoit."
    statement_en = "The manufacturer plans."
    rationale_fr = "Pour le patient."
    rationale_en = "For the patient."
    expected_evidence_fr = ["Un dossier"]
    expected_evidence_en = ["A file"]
    stakeholders = ["manufacturer"]
    criteria = ["integrity"]
    applies_when = ["all"]
    provenance_status = "recalled"
    confidence = "medium"


def AssessmentFactory(*, version=None, catalogue=None, actor=None, **version_fields):  # noqa: N802 -- reads as a factory
    """Start an assessment the way the portal does."""
    version = version or VersionFactory(**version_fields)
    catalogue = catalogue or CatalogueFactory()
    if actor is None:
        actor = MembershipFactory(organisation=version.organisation, role=Role.ASSESSOR).user
    return start(version, catalogue=catalogue, actor=actor)


class EvidenceFactory(DjangoModelFactory):
    class Meta:
        model = Evidence

    organisation = None
    number = factory.Sequence(lambda n: n + 1)
    kind = "reference"
    title = factory.Sequence("Risk management file {}".format)
    reference = factory.Sequence("DOC-{}".format)
    added_by = factory.SubFactory(UserFactory)
