import factory
from factory.django import DjangoModelFactory

from devices.models import Device, DeviceVersion
from tests.factories.accounts import OrganisationFactory


class DeviceFactory(DjangoModelFactory):
    class Meta:
        model = Device

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence("Pump {}".format)
    reference = factory.Sequence("PMP-{}".format)
    regulation = "mdr"
    device_class = "IIb"
    safety_class = "C"


class VersionFactory(DjangoModelFactory):
    class Meta:
        model = DeviceVersion

    device = factory.SubFactory(DeviceFactory)
    organisation = factory.SelfAttribute("device.organisation")
    label = factory.Sequence("1.{}".format)
