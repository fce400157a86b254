"""Dossiers sealed with time stamps: made, verified, attacked."""

import datetime as dt
import io
import random
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfTimeStamper

from assessments.dossier.authority import AuthorityProblem, NotStamped, TimeAuthority
from assessments.dossier.contents import Contents
from assessments.dossier.envelope import Level, open_envelope
from assessments.dossier.identity import SealingIdentity
from assessments.dossier.pages import compare_pages
from assessments.dossier.render import render
from assessments.dossier.report import Outcome, Verdict
from assessments.dossier.revisions import is_only_kept_alive
from assessments.dossier.sign import Problem, SealRefused, level_with, try_out
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier import samples
from tests.assessments.dossier.attacks import flipped
from tests.assessments.dossier.conftest import Sealed, naming, seal_with
from tests.assessments.dossier.test_verify import findings, update
from tests.authority import Authority

PDFSIG = shutil.which("pdfsig")


@pytest.fixture(scope="module")
def server():
    with Authority() as running:
        yield running


@pytest.fixture
def mood(server):
    """Say how the authority behaves in one test."""

    def behave(name):
        server.mood = name

    yield behave
    server.mood, server.shift = "well", dt.timedelta()


@pytest.fixture(scope="module")
def clock(server):
    return TimeAuthority(server.url, (server.root.certificate,), timeout=1.0)


@pytest.fixture(scope="module")
def stamped(identity, clock):
    snapshot = naming(samples.snapshot(), identity, Level.LTA)
    pdf = render(snapshot).content
    return Sealed(snapshot, identity, pdf, seal_with(identity, pdf, clock))


@pytest.fixture
def check(stamped, clock):
    def judge(content, *, clocks=clock.certificates):
        return verify(content, trust=Trust([stamped.certificate], clocks))

    return judge


def said(report, outcome=Outcome.OK):
    return " ".join(findings(report, outcome))


def stamp_again(content, clock):
    """Add a time stamp over the whole file, as one who has an account there can."""
    stamper = clock.stamper(lambda: dt.datetime.now(dt.UTC))
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    return PdfTimeStamper(stamper).timestamp_pdf(writer, md_algorithm="sha256").getvalue()


def test_the_level_is_known_before_anything_is_sealed(clock):
    assert level_with(None) is Level.B
    assert level_with(clock) is Level.LTA


def test_a_stamped_dossier_is_intact_and_says_when_it_was_sealed(stamped, check):
    report = check(stamped.content)

    assert report.verdict is Verdict.INTACT, findings(report)
    assert report.level == "PAdES B-LTA"
    assert abs(report.sealed_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=30)
    assert said(report).count("A trusted authority confirms the instant") == 2
    assert "the last time stamp covers the whole file" in said(report)
    assert "Only time stamps, and what validates them" in said(report)
    assert "clock" not in said(report, Outcome.NOT_CHECKED)


def test_time_stamps_leave_the_pages_as_they_were_printed(stamped, clock):
    for content in (stamped.content, stamp_again(stamped.content, clock)):
        check = compare_pages(content, lambda _snapshot: stamped.unsealed)
        assert "pages are identical, byte for byte, up to the seal" in str(check.finding)


def test_it_carries_what_a_validator_needs_in_years(stamped, server):
    revocations = b"/CRLs" in stamped.content and b"/Certs" in stamped.content

    assert revocations, "the certificates and the list of revoked ones are in the file"
    assert stamped.content.startswith(stamped.unsealed)


def test_without_a_trusted_authority_an_instant_is_not_proven(stamped, check):
    report = check(stamped.content, clocks=())

    assert report.verdict is Verdict.INTACT
    assert "nothing here tells whether to trust its authority" in said(report, Outcome.NOT_CHECKED)


def test_an_authority_that_nobody_vouches_for_is_found(stamped, server, check):
    report = check(stamped.content, clocks=[server.stranger.certificate])

    assert report.verdict is Verdict.ALTERED
    assert "A time stamp is by somebody else" in str(report.sentence)


def test_a_certificate_for_another_purpose_is_no_authority(stamped, check):
    report = check(stamped.content, clocks=[stamped.certificate])

    assert report.verdict is Verdict.ALTERED


def test_any_changed_byte_is_found(stamped, check):
    """Sampled: the seal, its time stamp, what validates them, the last time stamp, the rest."""
    content, ends = stamped.content, [0, open_envelope(stamped.content).sealed_bytes]
    last = content.rindex(b"/ByteRange")
    spots = random.Random(22).sample(range(len(content)), 60)  # noqa: S311 -- a sample
    spots += random.Random(23).sample(range(ends[1], len(content)), 120)  # noqa: S311 -- a sample
    spots += range(last, last + 40)
    spots += range(len(content) - 60, len(content))
    missed = [spot for spot in spots if check(flipped(content, spot)).verdict is Verdict.INTACT]

    assert missed == []


def test_every_byte_of_the_last_time_stamp_counts(stamped, check):
    """No later time stamp covers it."""
    content = stamped.content
    start, end = map(int, re.findall(rb"/ByteRange \[0 (\d+) (\d+)", content)[-1])
    digits = range(start, end)
    sample = random.Random(24).sample(digits, 150)  # noqa: S311 -- a sample
    missed = [spot for spot in sample if check(flipped(content, spot)).verdict is Verdict.INTACT]

    assert missed == []


def overlaid(content, clock):
    """Change a page, then stamp it, so that the last time stamp covers everything again."""
    return stamp_again(update(content), clock)


def cut_back_to_its_seal(content, _clock):
    return content[: open_envelope(content).sealed_bytes]


def with_something_after(content, _clock):
    return content + b"\n% note\n"


@pytest.mark.parametrize(
    ("attack", "sentence"),
    [
        (overlaid, "the document was changed by an addition after it"),
        (cut_back_to_its_seal, "the record names PAdES B-LTA"),
        (with_something_after, "something was added after it"),
    ],
)
def test_an_attack_is_told_in_a_sentence(stamped, clock, check, attack, sentence):
    report = check(attack(stamped.content, clock))

    assert report.verdict is Verdict.ALTERED
    assert sentence in str(report.sentence)


def test_a_further_time_stamp_keeps_it_alive(stamped, clock, check):
    content = stamp_again(stamped.content, clock)
    report = check(content)

    assert content.startswith(stamped.content)
    assert report.verdict is Verdict.INTACT, findings(report)
    assert said(report).count("A trusted authority confirms the instant") == 3


def test_a_seal_without_time_stamps_cannot_be_given_some_later(sealed, clock):
    """Its record says that it has none: DSS would call such a seal indeterminate."""
    report = verify(
        stamp_again(sealed.content, clock), trust=Trust([sealed.certificate], clock.certificates)
    )

    assert report.verdict is Verdict.ALTERED
    assert "the record names PAdES B-B" in str(report.sentence)


def test_a_second_seal_is_no_time_stamp(stamped, check, identity):
    content = stamped.content
    second = content + content[open_envelope(content).sealed_bytes :]

    assert check(second).verdict is Verdict.ALTERED


def test_a_token_with_something_unsigned_in_it_is_not_taken(stamped, check):
    """CMS has room for attributes that no signature covers."""
    content = stamped.content
    start, end = map(int, re.findall(rb"/ByteRange \[0 (\d+) (\d+)", content)[-1])
    token = cms.ContentInfo.load(bytes.fromhex(content[start + 1 : end - 1].decode()))
    signer = token["content"]["signer_infos"][0]
    signer["unsigned_attrs"] = [{"type": "1.2.3.4", "values": [cms.OctetString(b"x")]}]
    gap = token.dump(force=True).hex().upper().encode().ljust(end - start - 2, b"0")
    report = check(content[: start + 1] + gap + content[end - 1 :])

    assert report.verdict is Verdict.ALTERED
    assert "A time stamp does not hold" in str(report.sentence)


def test_a_file_that_is_no_pdf_was_not_only_kept_alive():
    assert not is_only_kept_alive(Contents(b"%PDF-1.7 rubbish"), 12)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("broken", AuthorityProblem.REFUSED),
        ("page", AuthorityProblem.REFUSED),
        ("refuses", AuthorityProblem.REFUSED),
        ("rubbish", AuthorityProblem.RUBBISH),
        ("noise", AuthorityProblem.RUBBISH),
        ("other", AuthorityProblem.RUBBISH),
        ("hangs", AuthorityProblem.SILENT),
        ("stranger", AuthorityProblem.UNTRUSTED),
        ("no clock", AuthorityProblem.UNTRUSTED),
    ],
)
def test_an_authority_that_fails_seals_nothing(stamped, clock, mood, name, problem):
    mood(name)

    with pytest.raises(NotStamped) as failure:
        seal_with(stamped.identity, stamped.unsealed, clock)
    assert failure.value.problem is problem


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_authority_with_another_time_seals_nothing(stamped, server, mood, clock, minutes):
    mood("well")
    server.shift = dt.timedelta(minutes=minutes)

    with pytest.raises(NotStamped) as failure:
        seal_with(stamped.identity, stamped.unsealed, clock)
    assert failure.value.problem is AuthorityProblem.CLOCK


def test_an_authority_that_is_not_there_seals_nothing(stamped, clock):
    nowhere = replace(clock, url="http://127.0.0.1:9/")

    with pytest.raises(NotStamped) as failure:
        seal_with(stamped.identity, stamped.unsealed, nowhere)
    assert failure.value.problem is AuthorityProblem.SILENT


def test_a_refusal_is_told_in_the_words_of_the_authority(stamped, clock, mood):
    mood("refuses")

    with pytest.raises(NotStamped, match="No more this month"):
        seal_with(stamped.identity, stamped.unsealed, clock)


def bought(server, *, list_at):
    key, certificate = server.root.issue("Acme", list_at=list_at)
    return SealingIdentity(key, certificate, (server.root.certificate,))


def test_a_bought_certificate_is_asked_about(stamped, server, clock):
    identity = bought(server, list_at=f"{server.url}/crl")
    content = seal_with(identity, stamped.unsealed, clock)

    assert open_envelope(content).level is Level.LTA


@pytest.fixture(params=["with time stamps", "without"])
def authority(request, clock):
    return clock if request.param == "with time stamps" else None


@pytest.fixture
def revoked(server):
    identity = bought(server, list_at=f"{server.url}/crl")
    server.root.revoked.append(identity.certificate)
    yield identity
    server.root.revoked.clear()


def test_a_revoked_certificate_seals_nothing(stamped, server, authority, revoked, monkeypatch):
    asked = server.asked
    monkeypatch.setattr(SealingIdentity, "signer", None)  # nothing is signed with it, either

    with pytest.raises(SealRefused) as refusal:
        seal_with(revoked, stamped.unsealed, authority)
    assert refusal.value.problem is Problem.REVOKED
    assert server.asked == asked


def test_a_revoked_certificate_is_found_when_the_key_is_tried(revoked):
    with pytest.raises(SealRefused) as refusal:
        try_out(revoked, None)
    assert refusal.value.problem is Problem.REVOKED


def test_when_nothing_tells_whether_it_is_revoked_nothing_is_sealed(stamped, server, authority):
    identity = bought(server, list_at="http://127.0.0.1:9/crl")

    with pytest.raises(SealRefused) as refusal:
        seal_with(identity, stamped.unsealed, authority)
    assert refusal.value.problem is Problem.STATUS_UNKNOWN


def test_a_certificate_that_names_no_list_is_not_asked_about(stamped, identity, monkeypatch):
    monkeypatch.setattr("assessments.dossier.revocation.session", None)

    assert seal_with(identity, stamped.unsealed)


@pytest.mark.skipif(PDFSIG is None, reason="poppler-utils is not installed")
def test_poppler_finds_the_seal_valid(stamped, tmp_path):
    file = tmp_path / "dossier.pdf"
    file.write_bytes(stamped.content)
    found = subprocess.run([PDFSIG, file], capture_output=True, text=True, check=False).stdout

    assert "Signature is Valid" in found
    assert "Total document signed" in found


def test_certificates_are_read_from_one_file(server, settings, tmp_path):
    from assessments.services.sealing import CannotSeal, time_authority

    file = tmp_path / "clocks.pem"
    file.write_bytes(server.root.certificate.public_bytes(Encoding.PEM))
    settings.SEAL_TSA_URL, settings.SEAL_TSA_TRUST = server.url, str(file)
    assert time_authority().certificates == (server.root.certificate,)

    settings.SEAL_TSA_TRUST = ""
    with pytest.raises(CannotSeal, match="SEAL_TSA_TRUST"):
        time_authority()

    settings.SEAL_TSA_TRUST = str(tmp_path / "missing.pem")
    with pytest.raises(CannotSeal, match="cannot be read"):
        time_authority()
