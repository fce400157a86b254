import datetime as dt
import stat
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from assessments.dossier import identity as identities
from assessments.dossier.identity import IdentityUnusable, load, make_test_identity, own, subject_of

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def test_the_test_identity_is_made_once_and_kept(tmp_path):
    first = own(tmp_path / "seal")

    assert own(tmp_path / "seal").sha256 == first.sha256
    assert first.is_test
    assert "no legal value" in first.subject
    assert first.key_matches


def test_only_the_portal_may_read_the_key(tmp_path):
    own(tmp_path / "seal")

    assert stat.S_IMODE((tmp_path / "seal").stat().st_mode) == 0o700
    for file in (tmp_path / "seal").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_its_certificate_lies_beside_it(tmp_path):
    identity = own(tmp_path / "seal")
    pem = identities.own_certificate(tmp_path / "seal").read_bytes()

    assert x509.load_pem_x509_certificate(pem) == identity.certificate


def test_two_that_start_at_once_use_the_same_one(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: own(tmp_path / "seal").sha256, range(8)))

    assert len(set(made)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["seal"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(OSError, match="file"):
        own(tmp_path / "file" / "seal")


def test_the_certificate_is_for_signatures(tmp_path):
    usage = own(tmp_path / "s").certificate.extensions.get_extension_for_class(x509.KeyUsage).value

    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign


def write(file, *, password=None):
    key, certificate = make_test_identity(NOW, name="Acme")
    encryption = BestAvailableEncryption(password.encode())
    content = pkcs12.serialize_key_and_certificates(b"a", key, certificate, None, encryption)
    file.write_bytes(content)
    return certificate


def test_an_identity_of_the_organisation_is_no_test(tmp_path):
    certificate = write(tmp_path / "acme.p12", password="secret")
    identity = load(tmp_path / "acme.p12", "secret")

    assert identity.certificate == certificate
    assert not identity.is_test


@pytest.mark.parametrize(("content", "password"), [(None, ""), (b"rubbish", ""), (b"", "")])
def test_a_key_file_that_cannot_be_read_is_named(tmp_path, content, password):
    if content is not None:
        (tmp_path / "acme.p12").write_bytes(content)

    with pytest.raises(IdentityUnusable, match=r"acme\.p12"):
        load(tmp_path / "acme.p12", password)


def test_a_wrong_password_is_refused(tmp_path):
    write(tmp_path / "acme.p12", password="secret")

    with pytest.raises(IdentityUnusable, match=r"acme\.p12"):
        load(tmp_path / "acme.p12", "another")


def test_a_key_file_without_a_key_is_refused(tmp_path):
    _, certificate = make_test_identity(NOW)
    content = pkcs12.serialize_key_and_certificates(
        b"a", None, None, [certificate], BestAvailableEncryption(b"x")
    )
    (tmp_path / "acme.p12").write_bytes(content)

    with pytest.raises(IdentityUnusable, match="no key"):
        load(tmp_path / "acme.p12", "x")


def test_it_is_named_in_words_not_in_a_notation(tmp_path):
    assert own(tmp_path / "seal").subject == "ANSM portal (test seal, no legal value)"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({NameOID.COUNTRY_NAME: "FR", NameOID.COMMON_NAME: "Acme, seal"}, "Acme, seal, FR"),
        ({NameOID.COMMON_NAME: "Acme", NameOID.ORGANIZATION_NAME: "Acme"}, "Acme"),
        ({NameOID.SERIAL_NUMBER: "VAT-1"}, "2.5.4.5=VAT-1"),
    ],
)
def test_a_certificate_is_named_by_what_it_gives(given, shown):
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in given.items()])

    assert subject_of(SimpleNamespace(subject=name)) == shown
