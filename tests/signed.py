"""A dossier that two approvers signed: ``python -m tests.signed ASSESSMENT LEVEL OUTPUT TRUST``.

For other people's validators. ``LEVEL`` is b-b or b-lta; the certificates to trust are written
to the file ``TRUST``. Needs the settings and the database of a portal.
"""

import datetime as dt
import sys
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import django
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12

from tests.authority import Authority, Issuer

PASSWORD = "of the approvers of a test"


def main():
    django.setup()
    from django.conf import settings

    from ansm_portal.tenancy import every_organisation

    assessment, level, output, trust = sys.argv[1:]
    with ExitStack() as stack:
        if level == "b-lta":
            running = stack.enter_context(Authority())
            issuer, list_at = running.root, f"{running.url}/crl"
            settings.SEAL_TSA_URL, settings.SEAL_TSA_TRUST = running.url, trust
            Path(trust).write_bytes(pem(issuer.certificate))
        else:
            issuer, list_at = Issuer("People", dt.datetime.now(dt.UTC)), None
            Path(trust).write_bytes(b"")
        stack.enter_context(every_organisation())
        dossier, people = issued(UUID(assessment), issuer, list_at)
        Path(output).write_bytes(dossier)
        if level == "b-b":  # nothing in the file says whether these were revoked
            Path(trust).write_bytes(b"".join(map(pem, people)))


def pem(certificate):
    return certificate.public_bytes(Encoding.PEM)


def issued(pk, issuer, list_at):
    """Return a dossier, and the certificates of those who signed it."""
    from ansm_portal.accounts.models import Membership, User
    from ansm_portal.permissions import Role
    from assessments.models import Assessment, Dossier, DossierSignatory
    from assessments.services import dossier as dossiers
    from assessments.services import issuing, signing
    from assessments.services.storing import read

    assessment = Assessment.objects.select_related("started_by").get(pk=pk)
    people = [
        User.objects.get_or_create(email=f"{name}@signed.example", first_name=name)[0]
        for name in ("Ann", "Bob")
    ]
    for person in people:
        person.set_password(PASSWORD)
        person.save()
        Membership.objects.get_or_create(
            user=person, organisation_id=assessment.organisation_id, role=Role.APPROVER
        )
    asked = dossiers.request_dossier(
        assessment,
        language="en",
        actor=assessment.started_by,
        signatories=[(person, "I approve this dossier.") for person in people],
    )
    issuing.issue(asked.pk)
    certificates = []
    for signatory in DossierSignatory.objects.filter(dossier=asked).select_related("person"):
        key, certificate = issuer.issue(signatory.name, list_at=list_at)
        certificates.append(certificate)
        signing.sign_personally(
            signatory,
            actor=signatory.person,
            password=PASSWORD,
            key=pkcs12.serialize_key_and_certificates(
                b"", key, certificate, [issuer.certificate], NoEncryption()
            ),
            passphrase="",
            sha256=Dossier.objects.get(pk=asked.pk).snapshot_sha256,
        )
    done = issuing.issue(asked.pk)
    if done.state != "issued":
        sys.exit(done.failure)
    return read(done.file), certificates


if __name__ == "__main__":
    main()
