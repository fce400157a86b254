"""Whom the portal trusts."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from assessments.checks import the_seal_is_fit_and_lasts
from assessments.dossier.identity import make_test_identity, own
from assessments.services.sealing import (
    ENDS_SOON,
    CannotSeal,
    notice_of_seal,
    sealing_identity,
    trusted_certificates,
)

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


def test_the_test_seal_is_not_made_to_look_at_it(data):
    assert notice_of_seal(NOW) is None
    assert the_seal_is_fit_and_lasts(None) == []
    assert list(data.iterdir()) == []


def test_a_seal_that_ends_soon_is_said_ninety_days_before(bought):
    end = bought.not_valid_after_utc
    assert notice_of_seal(end - ENDS_SOON) is None
    notice = notice_of_seal(end - ENDS_SOON + dt.timedelta(seconds=1))
    assert not notice.is_refusal
    assert "ends on" in notice.text


@pytest.mark.parametrize(
    ("instant", "sentence"),
    [
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "not valid yet"),
        (dt.datetime(2090, 1, 1, tzinfo=dt.UTC), "has expired"),
    ],
)
def test_a_seal_that_cannot_be_used_is_said_before_it_is_needed(bought, instant, sentence):
    notice = notice_of_seal(instant)
    assert notice.is_refusal
    assert sentence in notice.text


def test_the_check_before_deployment_says_the_same(bought, settings, monkeypatch):
    assert the_seal_is_fit_and_lasts(None) == []
    soon = bought.not_valid_after_utc - dt.timedelta(days=1)
    monkeypatch.setattr("assessments.checks.timezone.now", lambda: soon)
    assert [found.id for found in the_seal_is_fit_and_lasts(None)] == ["assessments.W001"]
    settings.SEAL_PKCS12_FILE += ".moved"
    assert [found.id for found in the_seal_is_fit_and_lasts(None)] == ["assessments.E001"]


def test_an_authority_for_time_that_nothing_vouches_for_is_said_before_it_is_needed(data, settings):
    settings.SEAL_TSA_URL = "https://time.example"
    assert "SEAL_TSA_TRUST must name the certificates" in notice_of_seal(NOW).text

    settings.SEAL_TSA_TRUST = str(data / "none.pem")
    notice = notice_of_seal(NOW)
    assert "The certificates in SEAL_TSA_TRUST cannot be read" in notice.text
    assert notice.is_refusal
