"""An issued dossier, whose only recommendation is in design, and links to it."""

import pytest
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.services.dossier_link import create_link
from tests.assessments.auditing.rows import issue, terms
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))


@pytest.fixture
def dossier(assessment):
    return issue(assessment)


@pytest.fixture
def manager(assessment):
    return MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER).user


@pytest.fixture
def make(dossier, manager):
    """Make a link to the dossier, or to another; return it with its address."""

    def made(of=None, **changes):
        link, token = create_link(of or dossier, terms=terms(**changes), actor=manager)
        return link, reverse("shared:landing", args=[dossier.organisation.slug, token])

    return made
