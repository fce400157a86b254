import datetime as dt
import io
import shutil
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from assessments.dossier.identity import SealingIdentity, make_test_identity
from assessments.dossier.report import Verdict
from assessments.dossier.sign import Problem, SealRefused, preflight
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier.conftest import naming, seal_with

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Acme")])

USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def certificate(key, *, usage=None, issuer=NAME, issuer_key=None, is_authority=False):
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if usage:
        builder = builder.add_extension(
            x509.KeyUsage(**dict.fromkeys(USAGES, False) | {usage: True}), critical=True
        )
    return builder.sign(issuer_key or key, hashes.SHA256())


def identity_from(now, *, days=365):
    key, own = make_test_identity(now, days=days)
    return SealingIdentity(key, own, ())


@pytest.mark.parametrize(
    ("candidate", "problem"),
    [
        (identity_from(NOW - dt.timedelta(days=400)), Problem.EXPIRED),
        (identity_from(NOW + dt.timedelta(days=1)), Problem.NOT_YET_VALID),
        (
            replace(identity_from(NOW), key=ec.generate_private_key(ec.SECP256R1())),
            Problem.KEY_MISMATCH,
        ),
        (
            SealingIdentity(
                key := ec.generate_private_key(ec.SECP256R1()),
                certificate(key, usage="key_cert_sign"),
                (),
            ),
            Problem.NOT_FOR_SEALING,
        ),
    ],
)
def test_an_identity_that_cannot_seal_is_refused_before_it_does(candidate, problem):
    with pytest.raises(SealRefused) as refusal:
        preflight(candidate, now=NOW)

    assert refusal.value.problem is problem


def test_an_identity_that_can_seal_is_not_refused():
    preflight(identity_from(NOW), now=NOW)
    key = ec.generate_private_key(ec.SECP256R1())
    preflight(SealingIdentity(key, certificate(key), ()), now=NOW)


def test_the_unsealed_bytes_stay_a_prefix(sealed):
    assert sealed.content.startswith(sealed.unsealed)


def test_the_seal_allows_no_change(sealed):
    with pikepdf.open(io.BytesIO(sealed.content)) as document:
        seal = document.Root.Perms.DocMDP
        assert seal.SubFilter == "/ETSI.CAdES.detached"
        assert seal.Reference[0].TransformParams.P == 1
        assert seal.objgen == document.Root.AcroForm.Fields[0].V.objgen


def test_a_key_of_another_kind_seals_as_well(sealed):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    identity = SealingIdentity(key, certificate(key, usage="content_commitment"), ())
    content = seal_with(identity, sealed.unsealed)

    report = verify(content, trust=Trust([identity.certificate]))

    assert [str(check.finding) for check in report.checks if check.outcome.value == "failed"] == [
        "The record names another certificate than the one that sealed it."
    ]


def test_a_seal_below_a_trusted_authority_is_trusted(sealed):
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    root = (
        x509.CertificateBuilder()
        .subject_name(root_name)
        .issuer_name(root_name)
        .public_key(root_key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = certificate(key, usage="content_commitment", issuer=root_name, issuer_key=root_key)
    identity = SealingIdentity(key, leaf, (root,))
    # The same pages, with another certificate named: only trust is looked at here.
    content = seal_with(identity, sealed.unsealed)
    trusting = {str(c.finding) for c in verify(content, trust=Trust([root])).checks}
    doubting = {str(c.finding) for c in verify(content, trust=Trust([sealed.certificate])).checks}

    assert "The certificate of the seal is trusted: Acme." in trusting
    assert "The seal is by somebody else, whom nothing here vouches for: Acme." in doubting


def test_a_seal_set_outside_the_validity_of_its_certificate_is_not_trusted(sealed, monkeypatch):
    identity = identity_from(dt.datetime.now(dt.UTC) - dt.timedelta(days=400))
    monkeypatch.setattr("assessments.dossier.sign.preflight", lambda *_, **__: None)
    content = seal_with(identity, sealed.unsealed)

    assert verify(content, trust=Trust([identity.certificate])).verdict is Verdict.ALTERED


def test_the_record_must_name_the_certificate(sealed):
    assert naming(sealed.snapshot, sealed.identity) == sealed.snapshot
    assert verify(sealed.content, trust=Trust([sealed.certificate])).verdict is Verdict.INTACT


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_poppler_finds_the_seal_valid(sealed, tmp_path):
    (tmp_path / "dossier.pdf").write_bytes(sealed.content)
    said = subprocess.run(
        ["pdfsig", "-nocert", tmp_path / "dossier.pdf"],  # noqa: S607 -- found above
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert "Signature is Valid" in said
    assert "Total document signed" in said
