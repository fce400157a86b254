"""Dossiers that wait for signatures: signed, declined, given up, sealed."""

import datetime as dt
from copy import deepcopy
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    pkcs12,
)
from django.core.files.storage import default_storage
from django.utils import timezone

from ansm_portal.audit.models import AuditEvent
from ansm_portal.permissions import Role
from assessments.dossier.envelope import open_envelope
from assessments.dossier.identity import make_test_identity
from assessments.dossier.report import Verdict
from assessments.models import Dossier, DossierSignatory, Notification
from assessments.services import issuing
from assessments.services import signing as services
from assessments.services import waiting as pausing
from assessments.services.attempt import Attempt, Overtaken
from assessments.services.dossier import request_dossier, retry
from assessments.services.renewal import newest
from assessments.services.signing import KeyRefused, WrongPassword
from assessments.services.storing import read
from assessments.services.verification import verify_pdf
from assessments.services.waiting import CannotSign
from assessments.services.wishing import DossierRefused
from tests.authority import Authority, Issuer
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory
from tests.factories.accounts import PASSWORD
from tests.kept import kept

NOW = dt.datetime.now(dt.UTC)
ROOT = Issuer("People", NOW)


def archive(key, certificate, passphrase=b"open", above=None):
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    chain = [above or ROOT.certificate]
    return pkcs12.serialize_key_and_certificates(b"", key, certificate, chain, how)


def issued_to(name, now=NOW):
    issuer = Issuer("People", now) if now != NOW else ROOT
    return archive(*issuer.issue(name))


def approver(organisation, name):
    return MembershipFactory(
        organisation=organisation,
        role=Role.APPROVER,
        user__first_name=name,
        user__last_name="Approver",
    ).user


@pytest.fixture(scope="module")
def waiting(django_db_setup, django_db_blocker):
    """Render one dossier for the whole module; it waits for two people."""
    with kept(django_db_blocker):
        assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))
        organisation = assessment.organisation
        ann, bob = approver(organisation, "Ann"), approver(organisation, "Bob")
        manager = MembershipFactory(organisation=organisation, role=Role.MANAGER).user
        dossier = request_dossier(
            assessment,
            language="en",
            actor=manager,
            signatories=[(ann, "I approve."), (bob, "I confirm the review.")],
        )
        issuing.issue(dossier.pk)
        yield SimpleNamespace(
            assessment=assessment,
            dossier=Dossier.objects.get(pk=dossier.pk),
            manager=manager,
            ann=ann,
            bob=bob,
            keys={ann: issued_to("Ann Approver"), bob: issued_to("Bob Approver")},
        )


@pytest.fixture
def world(db, waiting):
    copied = deepcopy({name: value for name, value in vars(waiting).items() if name != "keys"})
    people = [copied["ann"], copied["bob"]]
    keys = dict(zip(people, waiting.keys.values(), strict=True))
    return SimpleNamespace(**copied, keys=keys)


def signatory(world, person):
    return DossierSignatory.objects.get(dossier=world.dossier, person=person)


def sign(world, person, **changes):
    order = {
        "actor": person,
        "password": PASSWORD,
        "key": world.keys[person],
        "passphrase": "open",
        "sha256": world.dossier.snapshot_sha256,
    }
    return services.sign_personally(signatory(world, person), **order | changes)


def state(world):
    world.dossier.refresh_from_db()
    return world.dossier.state


def verbs(world):
    events = AuditEvent.objects.filter(target__endswith=str(world.dossier.pk))
    return list(events.order_by("sequence").values_list("verb", flat=True))


def told(person):
    return list(Notification.objects.filter(recipient=person).values_list("kind", flat=True))


def test_a_rendered_dossier_waits_for_those_who_are_to_sign_it(world):
    assert state(world) == "signing"
    assert verbs(world) == ["dossier.request", "dossier.wait"]
    assert told(world.ann) == told(world.bob) == ["submitted"]
    assert b"(signature-1)" in read(world.dossier.pending_file)
    assert list(DossierSignatory.objects.of(world.ann).waiting()) == [signatory(world, world.ann)]


def test_the_last_signature_has_it_sealed(world):
    sign(world, world.bob)
    assert state(world) == "signing"
    sign(world, world.ann)
    assert state(world) == "queued"

    dossier = issuing.issue(world.dossier.pk)

    assert dossier.state == "issued", dossier.failure
    assert (dossier.pending_file, dossier.serial) == ("", world.dossier.serial)
    report = verify_pdf(read(dossier.file))
    assert report.verdict is Verdict.INTACT
    assert [(one.name, one.subject) for one in report.signatures] == [
        ("Bob Approver", "Bob Approver"),
        ("Ann Approver", "Ann Approver"),
    ]
    assert verbs(world)[2:] == ["dossier.sign", "dossier.sign", "dossier.issue"]


def test_a_signature_names_certificate_and_file(world):
    sign(world, world.ann)
    done = signatory(world, world.ann)

    assert (done.certificate_subject, done.certificate_issuer) == ("Ann Approver", "CN=People")
    assert state(world) == "signing"
    assert done.file_sha256 == world.dossier.pending_sha256
    assert len(open_envelope(read(world.dossier.pending_file)).signatures) == 0  # one in all


def self_signed(_world):
    return {"key": archive(*make_test_identity(NOW, name="Ann Approver"))}


def expired(_world):
    return {"key": issued_to("Ann Approver", NOW - dt.timedelta(days=3700))}


def of_somebody_else(world):
    return {"key": world.keys[world.bob]}


@pytest.mark.parametrize(
    ("change", "refusal", "sentence"),
    [
        (lambda _: {"password": "guessed"}, WrongPassword, "not your password"),
        (lambda _: {"passphrase": "guessed"}, KeyRefused, "another passphrase"),
        (lambda _: {"key": b"%PDF-1.7"}, KeyRefused, "no PKCS#12 file"),
        (self_signed, KeyRefused, "signed by itself"),
        (expired, KeyRefused, "has expired"),
        (of_somebody_else, KeyRefused, "names Bob Approver, not you"),
        (lambda _: {"sha256": "0" * 64}, CannotSign, "changed while you were reading"),
        (lambda world: {"actor": world.bob}, CannotSign, "not waited for here"),
    ],
)
def test_what_is_not_fit_signs_nothing(world, change, refusal, sentence):
    before = world.dossier.pending_sha256

    with pytest.raises(refusal, match=sentence):
        sign(world, world.ann, **change(world))
    assert state(world) == "signing"
    assert world.dossier.pending_sha256 == before
    assert "dossier.sign" not in verbs(world)


def test_a_certificate_that_is_revoked_signs_nothing(world):
    """Asked where the certificate says, whether or not the seal has time stamps."""
    with Authority() as server:
        key, certificate = server.root.issue("Ann Approver", list_at=f"{server.url}/crl")
        held = archive(key, certificate, above=server.root.certificate)
        server.root.revoked.append(certificate)
        with pytest.raises(KeyRefused, match="is revoked"):
            sign(world, world.ann, key=held)
    with pytest.raises(KeyRefused, match="could not be learnt"):  # nobody answers any more
        sign(world, world.ann, key=held)
    assert "dossier.sign" not in verbs(world)


def test_a_name_that_is_written_otherwise_can_be_confirmed(world):
    sign(world, world.ann, key=issued_to("A. Apr."), is_other_name=True)
    assert signatory(world, world.ann).certificate_subject == "A. Apr."


def test_an_issuer_that_is_not_accepted_is_refused(world, settings, tmp_path):
    from cryptography.hazmat.primitives.serialization import Encoding

    settings.SIGNER_TRUST = str(tmp_path / "people.pem")
    stranger = Issuer("Stranger", NOW).certificate.public_bytes(Encoding.PEM)
    (tmp_path / "people.pem").write_bytes(stranger)
    with pytest.raises(KeyRefused, match="not by an issuer that is accepted"):
        sign(world, world.ann)

    (tmp_path / "people.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    assert sign(world, world.ann).state == "signing"


def test_nobody_signs_twice(world):
    sign(world, world.ann)
    with pytest.raises(CannotSign, match="not waited for"):
        sign(world, world.ann)


def test_two_who_sign_at_once_both_sign(world, monkeypatch):
    """The second signature is made again, over the first."""
    signed, raced = services.sign_file, []

    def at_once(*order, **options):
        content = signed(*order, **options)
        if not raced:
            raced.append(world.bob)
            sign(world, world.bob)
        return content

    monkeypatch.setattr(services, "sign_file", at_once)
    sign(world, world.ann)

    assert state(world) == "queued"
    envelope = open_envelope(read(world.dossier.pending_file))
    assert len(envelope.signatures) + 1 == 2


def test_neither_key_nor_passphrase_is_kept(world, caplog):
    sign(world, world.ann)
    said = str(list(AuditEvent.objects.values_list("data", flat=True))) + caplog.text
    assert "'open'" not in said
    assert not any(name.endswith(".p12") for name in default_storage.listdir("dossiers")[1])


def test_who_declines_says_why_and_who_asked_is_told(world):
    services.decline(signatory(world, world.ann), reason=" Page 4 is wrong. ", actor=world.ann)

    assert signatory(world, world.ann).decline_reason == "Page 4 is wrong."
    assert state(world) == "signing"
    assert told(world.manager) == ["returned"]
    with pytest.raises(CannotSign, match="not waited for"):
        sign(world, world.ann)
    with pytest.raises(CannotSign, match="Say why"):
        services.decline(signatory(world, world.bob), reason=" ", actor=world.bob)


def test_it_goes_on_without_somebody_and_says_so(world):
    services.decline(signatory(world, world.ann), reason="I left.", actor=world.ann)
    sign(world, world.bob)
    assert state(world) == "signing"
    pausing.go_on_without(world.dossier.pk, actor=world.manager)

    dossier = issuing.issue(world.dossier.pk)

    assert dossier.state == "issued", dossier.failure
    report = verify_pdf(read(dossier.file))
    assert [one.name for one in report.signatures] == ["Bob Approver"]
    assert any("Ann Approver was asked to sign" in str(c.finding) for c in report.checks)
    with pytest.raises(CannotSign, match="any more"):
        pausing.go_on_without(dossier.pk, actor=world.manager)


def test_given_up_its_signatures_are_void_and_it_starts_again(world):
    sign(world, world.ann)
    pausing.give_up(world.dossier.pk, actor=world.manager)

    assert state(world) == "failed"
    assert "gave it up" in world.dossier.failure
    assert signatory(world, world.ann).is_waited_for
    again = retry(world.dossier.pk, actor=world.manager)
    assert (again.state, again.pending_file, again.serial) == ("queued", "", world.dossier.serial)
    with pytest.raises(CannotSign):
        pausing.give_up(world.dossier.pk, actor=world.manager)


def test_a_second_one_waits_until_it_is_finished(world):
    with pytest.raises(DossierRefused, match="waits for signatures"):
        request_dossier(world.assessment, language="en", actor=world.manager)


def test_only_approvers_are_asked_to_sign(world):
    with pytest.raises(DossierRefused, match="is no approver"):
        request_dossier(
            world.assessment,
            language="fr",
            actor=world.manager,
            signatories=[(world.manager, "I approve.")],
        )


def test_an_authority_that_is_down_signs_nothing(world, settings, tmp_path):
    from cryptography.hazmat.primitives.serialization import Encoding

    settings.SEAL_TSA_URL = "http://127.0.0.1:9/"
    settings.SEAL_TSA_TRUST = str(tmp_path / "clock.pem")
    (tmp_path / "clock.pem").write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))

    with pytest.raises(CannotSign, match="was changed since"):  # it was rendered without
        sign(world, world.ann)
    assert "dossier.sign" not in verbs(world)


def test_a_seal_that_fails_keeps_the_signatures_for_another_try(world, monkeypatch, settings):
    sign(world, world.ann)
    sign(world, world.bob)
    settings.SEAL_PKCS12_FILE = "/nowhere/seal.p12"
    failed = issuing.issue(world.dossier.pk)

    assert (failed.state, failed.file) == ("failed", "")
    assert "The key of the seal cannot be read" in failed.failure
    settings.SEAL_PKCS12_FILE = ""
    retry(failed.pk, actor=world.manager)
    dossier = issuing.issue(failed.pk)

    assert dossier.state == "issued", dossier.failure
    assert len(verify_pdf(read(newest(dossier).name)).signatures) == 2


def test_another_seal_than_the_pages_name_is_refused(world, settings, tmp_path):
    sign(world, world.ann)
    sign(world, world.bob)
    (tmp_path / "other.p12").write_bytes(archive(*ROOT.issue("Other maker"), None))
    settings.SEAL_PKCS12_FILE = str(tmp_path / "other.p12")
    failed = issuing.issue(world.dossier.pk)

    assert failed.state == "failed"
    assert "was changed since" in failed.failure


def test_an_attempt_that_was_overtaken_does_not_wait(world, tmp_path):
    draft = pausing.Draft(None, tmp_path / "none.pdf", 1)
    attempt = Attempt(world.dossier.pk, timezone.now(), tmp_path)
    with pytest.raises(Overtaken):
        pausing.wait(attempt, draft)


def test_what_dies_while_it_signs_leaves_what_was_there(world, monkeypatch):
    """The older file goes when the newer one is in the database, not before."""

    class Killed(BaseException):
        pass

    def die(*_args, **_data):
        raise Killed

    before = world.dossier.pending_file
    monkeypatch.setattr(services, "record", die)
    with pytest.raises(Killed):
        sign(world, world.ann)

    assert state(world) == "signing"
    assert world.dossier.pending_file == before
    assert read(before).startswith(b"%PDF-")
    assert signatory(world, world.ann).is_waited_for
