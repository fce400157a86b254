import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from assessments.models import Framework, Mapping, Requirement


class FrameworkFactory(DjangoModelFactory):
    """A published framework; ``sizes`` says how many requirements it has."""

    class Meta:
        model = Framework
        skip_postgeneration_save = True

    key = factory.Sequence("framework-{}".format)
    edition_fr = "Édition 1"
    edition_en = "Edition 1"
    name_fr = "Un référentiel voisin"
    name_en = "A neighbouring framework"
    short_fr = factory.LazyAttribute(lambda o: f"{o.key} (fr)")
    short_en = factory.LazyAttribute(lambda o: o.key)
    publisher = "IEC"
    address = "https://example.org/"
    is_address_seen = False
    dated = "2021"
    nature = "standard"
    confidence = "high"
    position = factory.Sequence(int)
    content_sha256 = "0" * 64

    @factory.post_generation
    def sizes(self, create, sizes, **kwargs):
        """Add requirements and publish, unless ``sizes`` is False."""
        if sizes is False:
            return
        for number in range(1, (sizes or 1) + 1):
            RequirementFactory(framework=self, ref=f"5.{number}", position=number)
        self.published_at = timezone.now()
        self.save()


class RequirementFactory(DjangoModelFactory):
    class Meta:
        model = Requirement

    framework = factory.SubFactory(FrameworkFactory, sizes=False)
    ref = "5.1"
    title_fr = factory.LazyAttribute(lambda o: f"Exigence {o.ref}")
    title_en = factory.LazyAttribute(lambda o: f"Requirement {o.ref}")
    confidence = "high"
    position = factory.Sequence(int)


def a_requirement():
    """Return the one requirement of a framework of its own."""
    return FrameworkFactory().requirements.get()


class MappingFactory(DjangoModelFactory):
    """A mapping from an entry of the test catalogue; without, to a framework of its own."""

    class Meta:
        model = Mapping

    catalogue_key = "TEST"
    code = "REC-001"
    requirement = factory.LazyFunction(a_requirement)
    relation = "intersects"
    rationale_fr = "Les deux demandent une analyse."
    rationale_en = "Both ask for an analysis."
    source = "a file"
    confidence = "medium"
