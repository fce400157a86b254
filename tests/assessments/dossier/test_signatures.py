"""Dossiers that people signed with certificates of their own before the seal: made, attacked."""

import datetime as dt
import io
import random
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from assessments.dossier import snapshot as record
from assessments.dossier.authority import NotStamped, TimeAuthority
from assessments.dossier.envelope import Level, open_envelope
from assessments.dossier.identity import SealingIdentity
from assessments.dossier.render import render
from assessments.dossier.report import Outcome, Verdict
from assessments.dossier.sign import Problem, SealRefused, Stamp, sign_file
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier import samples
from tests.assessments.dossier.attacks import with_a_table_of_its_own
from tests.assessments.dossier.conftest import Sealed, naming, seal_with
from tests.assessments.dossier.test_verify import findings, flipped, update
from tests.authority import Authority

ANN = record.Signatory("signature-1", "Ann Approver", "I approve.")
BOB = record.Signatory("signature-2", "Bob Responsible", "I confirm the review.")
PDFSIG = shutil.which("pdfsig")


@pytest.fixture(scope="module")
def server():
    with Authority() as running:
        yield running


@pytest.fixture(scope="module")
def clock(server):
    return TimeAuthority(server.url, (server.root.certificate,), timeout=1.0)


@pytest.fixture(scope="module")
def people(server):
    """Return two people with certificates of the same issuer."""
    found = [server.root.issue(one.name, list_at=f"{server.url}/crl") for one in (ANN, BOB)]
    return [SealingIdentity(*pair, (server.root.certificate,)) for pair in found]


@pytest.fixture(scope="module")
def unsigned(identity):
    """Return what waits for signatures, at each level."""
    drafts = {}
    for level in (Level.B, Level.LTA):
        snapshot = replace(naming(samples.snapshot(), identity, level), signatories=(ANN, BOB))
        drafts[level] = Sealed(snapshot, identity, render(snapshot).content, b"")
    return drafts


def signed(pdf, person, field, clock=None):
    now = dt.datetime.now(dt.UTC)
    stamp = Stamp("%(who)s", {"who": person.subject})
    output = io.BytesIO()
    sign_file(io.BytesIO(pdf), output, person, field=field, stamp=stamp, now=now, authority=clock)
    return output.getvalue()


@pytest.fixture(scope="module")
def without_stamps(unsigned, people, identity):
    pdf = signed(signed(unsigned[Level.B].unsealed, people[1], BOB.field), people[0], ANN.field)
    return seal_with(identity, pdf)


@pytest.fixture(scope="module")
def stamped(unsigned, people, identity, clock):
    pdf = signed(unsigned[Level.LTA].unsealed, people[0], ANN.field, clock)
    return seal_with(identity, signed(pdf, people[1], BOB.field, clock), clock)


@pytest.fixture
def check(identity, clock, server):
    trust = Trust([identity.certificate], clock.certificates, [server.root.certificate])
    return lambda content: verify(content, trust=trust)


def said(report, outcome=Outcome.OK):
    return " ".join(findings(report, outcome))


def test_the_verdict_names_who_signed_in_which_order(without_stamps, check):
    report = check(without_stamps)

    assert report.verdict is Verdict.INTACT, findings(report)
    assert [(one.name, one.meaning) for one in report.signatures] == [
        (BOB.name, BOB.meaning),
        (ANN.name, ANN.meaning),
    ]
    assert report.signatures[0].subject == "Bob Responsible"
    assert said(report).count("is trusted") == 3
    assert "Nothing but signatures was filled in after the first of them." in said(report)


def test_each_signature_has_its_time_stamp_and_the_last_one_covers_all(stamped, check):
    report = check(stamped)
    envelope = open_envelope(stamped)

    assert report.verdict is Verdict.INTACT, findings(report)
    assert (envelope.level, len(envelope.archive)) == (Level.LTA, 1)
    assert all(one.stamp for one in envelope.signatures)
    assert said(report).count("A trusted authority confirms the instant") == 4


def test_who_did_not_sign_is_named(unsigned, people, identity, check):
    report = check(seal_with(identity, signed(unsigned[Level.B].unsealed, people[0], ANN.field)))

    assert report.verdict is Verdict.INTACT, findings(report)
    assert [one.name for one in report.signatures] == [ANN.name]
    assert "Bob Responsible was asked to sign and did not" in said(report, Outcome.NOT_CHECKED)


def test_a_certificate_that_nobody_vouches_for_is_said(without_stamps, identity):
    report = verify(without_stamps, trust=Trust([identity.certificate]))

    assert report.verdict is Verdict.INTACT
    told = said(report, Outcome.NOT_CHECKED)
    assert told.count("Nothing here tells whether to trust the certificate of") == 2


def test_any_changed_byte_is_found(without_stamps, stamped, check):
    """Sampled: both levels, and more often in what the signatures added."""
    for number, content in enumerate((without_stamps, stamped)):
        added = open_envelope(content).signatures[0].ends - 30_000
        spots = random.Random(number).sample(range(len(content)), 15)  # noqa: S311 -- a sample
        spots += random.Random(number).sample(range(added, len(content)), 45)  # noqa: S311 -- a sample
        missed = [spot for spot in spots if check(flipped(content, spot)).verdict is Verdict.INTACT]
        assert missed == []


def test_every_digit_of_each_signature_counts(without_stamps, check):
    for start, end in re.findall(rb"/ByteRange \[0 (\d+) (\d+)", without_stamps):
        gap = range(int(start), int(end))
        spots = random.Random(5).sample(gap, 25)  # noqa: S311 -- a sample
        missed = [
            spot for spot in spots if check(flipped(without_stamps, spot)).verdict is Verdict.INTACT
        ]
        assert missed == []


def changed_between(unsigned, people, identity):
    """Let the seal cover a change that came after a signature, as only who seals can."""
    pdf = update(signed(unsigned, people[0], ANN.field))
    return seal_with(identity, signed(pdf, people[1], BOB.field))


def changed_by_a_table_of_its_own(unsigned, people, identity):
    """Nothing seems to come between: the first table is the one with the change."""
    return seal_with(identity, with_a_table_of_its_own(signed(unsigned, people[0], ANN.field)))


def with_a_field_more(unsigned, people, identity):
    pdf = signed(unsigned, people[0], ANN.field)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    append_signature_field(writer, SigFieldSpec("mallory"))
    output = io.BytesIO()
    writer.write(output)
    return seal_with(identity, signed(output.getvalue(), people[1], "mallory"))


def sealed_then_signed(unsigned, people, identity):
    return signed(seal_with(identity, signed(unsigned, people[0], ANN.field)), people[1], BOB.field)


def cut_after_the_last_person(unsigned, people, identity):
    return signed(signed(unsigned, people[0], ANN.field), people[1], BOB.field)


@pytest.mark.parametrize(
    ("attack", "sentence"),
    [
        (changed_between, "The document was changed after somebody signed it."),
        (changed_by_a_table_of_its_own, "The document was changed after somebody signed it."),
        (with_a_field_more, "are not those that its record names"),
        (sealed_then_signed, "somebody else"),
        (cut_after_the_last_person, "somebody else"),
    ],
)
def test_an_attack_is_told_in_a_sentence(unsigned, people, identity, attack, sentence):
    content = attack(unsigned[Level.B].unsealed, people, identity)
    report = verify(content, trust=Trust([identity.certificate]))

    assert report.verdict is Verdict.ALTERED
    assert sentence in str(report.sentence)


def test_a_signature_in_time_stamped_dossiers_has_a_time_stamp(unsigned, people, identity, clock):
    """Who signed before the authority was asked would be missed in years."""
    pdf = signed(unsigned[Level.LTA].unsealed, people[0], ANN.field)
    report = verify(
        seal_with(identity, pdf, clock), trust=Trust([identity.certificate], clock.certificates)
    )

    assert report.verdict is Verdict.ALTERED
    assert "has another level than the seal" in str(report.sentence)


def test_a_certificate_that_cannot_sign_signs_nothing(unsigned, server, people):
    stranger = server.stranger.issue("Somebody")
    mismatch = SealingIdentity(stranger[0], people[0].certificate, ())

    with pytest.raises(SealRefused) as refusal:
        signed(unsigned[Level.B].unsealed, mismatch, ANN.field)
    assert refusal.value.problem is Problem.KEY_MISMATCH


def test_an_authority_that_fails_signs_nothing(unsigned, people, clock):
    with pytest.raises(NotStamped):
        signed(
            unsigned[Level.LTA].unsealed,
            people[0],
            ANN.field,
            replace(clock, url="http://127.0.0.1:9/"),
        )


@pytest.mark.skipif(PDFSIG is None, reason="poppler-utils is not installed")
def test_poppler_finds_every_signature_valid(without_stamps, tmp_path):
    file = tmp_path / "dossier.pdf"
    file.write_bytes(without_stamps)
    found = subprocess.run([PDFSIG, file], capture_output=True, text=True, check=False).stdout

    assert found.count("Signature is Valid") == 3
    assert found.count("Not total document signed") == 2
