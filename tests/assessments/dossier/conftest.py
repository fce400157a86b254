"""A dossier that is rendered and sealed once for all tests that only look at it."""

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from cryptography import x509

from assessments.dossier.envelope import Level
from assessments.dossier.identity import SealingIdentity, make_test_identity
from assessments.dossier.render import render
from assessments.dossier.sign import Stamp, seal
from assessments.dossier.snapshot import Snapshot
from tests.assessments.dossier import samples


@dataclass(frozen=True)
class Sealed:
    snapshot: Snapshot
    identity: SealingIdentity
    unsealed: bytes
    content: bytes

    @property
    def certificate(self) -> x509.Certificate:
        return self.identity.certificate


@pytest.fixture(scope="session")
def identity():
    key, certificate = make_test_identity(dt.datetime.now(dt.UTC))
    return SealingIdentity(key, certificate, ())


def naming(snapshot, identity, level=Level.B):
    """Return the snapshot with the certificate that will seal it."""
    seal = replace(snapshot.seal, certificate_sha256=identity.sha256, level=level.value)
    return replace(snapshot, seal=seal)


def seal_with(identity, pdf, authority=None):
    return seal(
        pdf,
        identity,
        authority=authority,
        stamp=Stamp("%(number)s\n%(sealer)s", {"number": "D-1", "sealer": identity.subject}),
        now=dt.datetime.now(dt.UTC),
    )


@pytest.fixture(scope="session")
def sealed(identity):
    snapshot = naming(samples.snapshot(), identity)
    pdf = render(snapshot).content
    return Sealed(snapshot, identity, pdf, seal_with(identity, pdf))
