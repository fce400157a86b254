"""Seals by a key in a token, with SoftHSM."""

import datetime as dt
import os
import shutil
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pkcs11
import pytest
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pyhanko.sign.pkcs11 import PKCS11Signer

from assessments.dossier.identity import KeyProblem, KeyUnavailable
from assessments.dossier.report import Verdict
from assessments.dossier.sign import Problem, SealRefused, preflight, try_out
from assessments.dossier.token import Token, read_token
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from assessments.services import keystores
from assessments.services.sealing import (
    CannotSeal,
    identity_for,
    notice_for_page,
    notice_of_seal,
    trusted_certificates,
    try_key,
)
from tests.assessments.dossier.conftest import naming, seal_with
from tests.authority import Issuer

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN, LABEL = "1234", "portal"
NOW = dt.datetime.now(dt.UTC)
pytestmark = pytest.mark.skipif(
    not (Path(MODULE).exists() and shutil.which("softhsm2-util")),
    reason="SoftHSM is not installed (apt-get install softhsm2)",
)


@pytest.fixture(scope="module")
def issuer():
    return Issuer("Maker's authority", NOW)


@pytest.fixture(scope="module")
def token(issuer, tmp_path_factory):
    """Make a token with two keys: one with its certificate, one with that of another."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")

    def softhsm(*arguments):
        command = ["softhsm2-util", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    softhsm("--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "12345678")
    pairs = {"seal": issuer.issue("Acme"), "other": issuer.issue("Acme 2")}
    for number, (name, (key, _certificate)) in enumerate(pairs.items(), start=1):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / name).write_bytes(pem)
        softhsm(
            *("--import", str(folder / name), "--token", LABEL, "--label", name),
            *("--id", f"0{number}", "--pin", PIN),
        )
    found = pkcs11.lib(MODULE).get_token(token_label=LABEL)
    with found.open(rw=True, user_pin=PIN) as session:
        for label in ("seal", "other"):
            put(session, label, pairs["seal"][1])
        put(session, "authority", issuer.certificate)
    yield Token(MODULE, LABEL, "seal", PIN)
    del os.environ["SOFTHSM2_CONF"]


def put(session, label, certificate):
    content = certificate.public_bytes(Encoding.DER)
    session.create_object(
        {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.LABEL: label,
            pkcs11.Attribute.SUBJECT: Certificate.load(content).subject.dump(),
            pkcs11.Attribute.VALUE: content,
        }
    )


@pytest.fixture
def configured(settings, tmp_path, token):
    settings.DATA_DIR = tmp_path
    settings.SEAL_PKCS11_MODULE, settings.SEAL_PKCS11_TOKEN = MODULE, LABEL
    settings.SEAL_PKCS11_KEY, settings.SEAL_PKCS11_PIN = "seal", PIN
    return settings


def test_a_token_seals(sealed, token, issuer):
    identity = read_token(token)
    preflight(identity, now=NOW)
    content = seal_with(identity, sealed.unsealed)

    assert identity.subject == "Acme"
    assert identity.chain == (issuer.certificate,)
    report = verify(content, trust=Trust([identity.certificate]))
    assert "names another certificate" in str(report.sentence)  # the sample names its own
    assert report.sealed_by == "Acme"


def test_a_key_that_is_not_that_of_its_certificate_is_refused(token):
    with pytest.raises(SealRefused) as refusal:
        preflight(read_token(replace(token, key="other")), now=NOW)
    assert refusal.value.problem is Problem.KEY_MISMATCH


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"module": "/nowhere/module.so"}, KeyProblem.NO_MODULE),
        ({"label": "absent"}, KeyProblem.NO_TOKEN),
        ({"key": "absent"}, KeyProblem.NO_KEY),
    ],
)
def test_what_is_not_there_is_said(token, change, problem):
    with pytest.raises(KeyUnavailable) as failure:
        read_token(replace(token, **change))
    assert failure.value.problem is problem


def test_a_wrong_pin_signs_nothing(sealed, token):
    with pytest.raises(KeyUnavailable) as failure:
        try_out(read_token(replace(token, pin="9999")), None)
    assert failure.value.problem is KeyProblem.WRONG_PIN


class Hangs:
    """Never answers, wherever it is called or looked at, until it is let go."""

    pre_sign_transform = None

    def __init__(self):
        self.threads, self.let_go = [], threading.Event()

    def __call__(self, *_):
        self.threads.append(threading.current_thread())
        self.let_go.wait(30)

    sign_kwargs = property(__call__)


@pytest.mark.parametrize("when", ["loaded", "signing"])
def test_a_token_that_hangs_is_left_alone(token, when, monkeypatch):
    identity, hangs = read_token(token), Hangs()
    if when == "loaded":
        monkeypatch.setattr(pkcs11, "lib", hangs)
    else:
        monkeypatch.setattr(PKCS11Signer, "_select_pkcs11_signing_params", lambda *_, **__: hangs)

    with pytest.raises(KeyUnavailable) as failure:
        try_out(replace(identity, token=replace(token, timeout=0.2)), None)
    assert failure.value.problem is KeyProblem.HANGS
    assert [thread.daemon for thread in hangs.threads] == [True]  # the process can end
    hangs.let_go.set()


def test_the_pin_is_not_shown(token):
    assert PIN not in repr(token)


def test_a_wrong_pin_is_given_once(configured):
    configured.SEAL_PKCS11_PIN = "9999"
    with pytest.raises(CannotSeal, match="The token refused the PIN"):
        try_key(identity_for(NOW))

    with pytest.raises(CannotSeal, match="not given again by itself"):
        identity_for(NOW)
    assert notice_of_seal(NOW).is_refusal
    assert notice_for_page(NOW).is_refusal
    configured.SEAL_PKCS11_PIN = PIN  # what was refused is another
    try_key(identity_for(NOW))
    configured.SEAL_PKCS11_PIN = "9999"
    keystores.forget_refusal()  # a person insists
    assert identity_for(NOW).subject == "Acme"


def test_what_a_token_sealed_is_known_without_it(configured):
    identity = identity_for(NOW)
    assert trusted_certificates() == []
    keystores.remember(identity.certificate)
    configured.SEAL_PKCS11_TOKEN = "gone"
    assert trusted_certificates() == [identity.certificate]


def test_two_keys_are_one_too_many(configured):
    configured.SEAL_PKCS12_FILE = "seal.p12"
    with pytest.raises(CannotSeal, match="SEAL_PKCS12_FILE, SEAL_PKCS11_MODULE"):
        identity_for(NOW)


def test_the_portal_seals_with_a_token(configured, sealed):
    from tests.sealing import seal_for

    identity = identity_for(NOW)
    snapshot = naming(sealed.snapshot, identity)
    from assessments.dossier.render import render

    content = seal_for(render(snapshot).content, identity, snapshot, None, now=NOW)
    assert verify(content, trust=Trust(trusted_certificates())).verdict is Verdict.INTACT
