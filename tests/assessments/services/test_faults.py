"""Seals that fail: the dossier says why, keeps its number, and is tried again."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import Dossier
from assessments.services import issuing
from assessments.services.dossier import request_dossier, retry
from tests.authority import Issuer
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime.now(dt.UTC)


def write(folder, key, certificate):
    file = folder / "seal.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(b"", key, certificate, None, NoEncryption())
    )
    return str(file)


def missing(settings, folder):
    settings.SEAL_PKCS12_FILE = str(folder / "none.p12")


def rubbish(settings, folder):
    (folder / "seal.p12").write_bytes(b"rubbish")
    settings.SEAL_PKCS12_FILE = str(folder / "seal.p12")


def expired(settings, folder):
    issuer = Issuer("Authority", NOW - dt.timedelta(days=3700))
    settings.SEAL_PKCS12_FILE = write(folder, *issuer.issue("Acme"))


def no_module(settings, folder):
    settings.SEAL_PKCS11_MODULE = str(folder / "none.so")


def service_down(settings, folder):
    settings.SEAL_CSC_URL, settings.SEAL_CSC_TIMEOUT = "http://127.0.0.1:9", 1.0


def two_keys(settings, folder):
    settings.SEAL_PKCS12_FILE, settings.SEAL_CSC_URL = "seal.p12", "http://127.0.0.1:9"


def nobody_vouches(settings, folder):
    settings.SEAL_TSA_URL = "http://127.0.0.1:9"


def chain_missing(settings, folder):
    settings.SEAL_CSC_URL, settings.SEAL_CHAIN = "http://127.0.0.1:9", str(folder / "chain.pem")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (missing, "The key of the seal cannot be read"),
        (rubbish, "The key of the seal cannot be read"),
        (expired, "The certificate of the seal has expired."),
        (no_module, "The PKCS#11 module of the seal cannot be loaded."),
        (service_down, "The remote signing service does not answer."),
        (two_keys, "More than one key of the seal is configured"),
        (nobody_vouches, "SEAL_TSA_TRUST must name"),
        (chain_missing, "The certificates in SEAL_CHAIN cannot be read"),
    ],
)
def test_a_seal_that_cannot_be_set_is_said_and_the_number_waits(
    client, settings, tmp_path, fault, sentence
):
    assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))
    manager = MembershipFactory(organisation=assessment.organisation, role=Role.MANAGER).user
    asked = request_dossier(assessment, language="en", actor=manager)
    fault(settings, tmp_path)

    failed = issuing.issue(asked.pk)

    assert (failed.state, failed.file, failed.issued_at) == ("failed", "", None)
    assert sentence in failed.failure
    client.force_login(manager)
    slug = assessment.organisation.slug
    page = client.get(reverse("assessments:dossier-detail", args=[slug, failed.pk]))
    assert sentence in page.content.decode()
    file = reverse("assessments:dossier-download", args=[slug, failed.pk])
    assert client.get(file).status_code == 404

    again = retry(failed.pk, actor=manager)
    assert (again.state, again.serial) == ("queued", asked.serial)
    assert Dossier.objects.count() == 1
