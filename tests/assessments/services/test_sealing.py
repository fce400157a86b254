"""Whom the portal trusts."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from assessments.dossier.identity import make_test_identity, own
from assessments.services.sealing import CannotSeal, sealing_identity, trusted_certificates

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


@pytest.fixture
def data(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def bought(settings, data):
    """Configure a key with the certificate of its authority in the same file."""
    key, certificate = make_test_identity(NOW, name="Acme")
    _, authority = make_test_identity(NOW, name="Authority")
    file = data / "acme.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(b"a", key, certificate, [authority], NoEncryption())
    )
    settings.SEAL_PKCS12_FILE = str(file)
    return certificate


def test_nobody_is_trusted_before_something_was_sealed(data):
    assert trusted_certificates() == []
    assert list(data.iterdir()) == []


def test_its_authority_is_not_trusted_with_a_certificate(bought):
    assert sealing_identity().chain
    assert trusted_certificates() == [bought]


def test_the_test_seal_stays_trusted_when_a_key_is_configured(bought, data):
    test = own(data / "seal").certificate

    assert trusted_certificates() == [bought, test]


def test_a_key_that_cannot_be_read_is_a_sentence(bought, settings):
    settings.SEAL_PKCS12_FILE += ".moved"

    with pytest.raises(CannotSeal, match="cannot be read"):
        trusted_certificates()
