import datetime as dt

import factory
from factory.django import DjangoModelFactory

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.permissions import Role

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence("person{}@example.org".format)
    first_name = factory.Sequence("Camille {}".format)
    last_name = "Martin"
    password = factory.django.Password(PASSWORD)
    language = "en"


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence("Maker {}".format)
    slug = factory.Sequence("maker-{}".format)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.ASSESSOR
    ends_on = factory.LazyAttribute(
        lambda o: dt.date(2099, 12, 31) if o.role == Role.AUDITOR else None
    )
