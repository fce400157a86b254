"""Rows for tests, without surprises: dates are fixed, a state is a trait."""

from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory
from tests.factories.assessments import (
    AssessmentFactory,
    CatalogueFactory,
    EvidenceFactory,
    RecommendationFactory,
    SectionFactory,
)
from tests.factories.crosswalk import FrameworkFactory, MappingFactory, RequirementFactory
from tests.factories.devices import DeviceFactory, VersionFactory

__all__ = [
    "AssessmentFactory",
    "CatalogueFactory",
    "DeviceFactory",
    "EvidenceFactory",
    "FrameworkFactory",
    "MappingFactory",
    "MembershipFactory",
    "OrganisationFactory",
    "RecommendationFactory",
    "RequirementFactory",
    "SectionFactory",
    "UserFactory",
    "VersionFactory",
]
