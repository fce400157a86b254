"""Files that are made to harm who verifies them."""

import io

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic

from assessments.dossier.apart import Bounds, TooCostly, verify_apart
from assessments.dossier.report import Verdict
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier import test_timestamps
from tests.assessments.dossier.attacks import pdf_name, stamped_again, updated
from tests.authority import Issuer

server, clock, stamped = (  # fixtures of theirs
    test_timestamps.server,
    test_timestamps.clock,
    test_timestamps.stamped,
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["cut", "copy", "set", "insert", "drop"]),
        st.floats(0, 1),
        st.integers(0, 4000),
        st.binary(max_size=40),
    ),
    min_size=1,
    max_size=6,
)


def mutated(content, changes):
    for kind, share, length, other in changes:
        at = int(share * len(content))
        piece = content[at : at + length]
        content = {
            "cut": content[:at],
            "copy": content[:at] + piece + content[at:],
            "set": content[:at] + other + content[at + len(other) :],
            "insert": content[:at] + other + content[at:],
            "drop": content[:at] + content[at + length :],
        }[kind]
    return content


@settings(max_examples=120, deadline=None)
@given(changes=CHANGES, from_the_end=st.booleans())
def test_whatever_becomes_of_a_dossier_there_is_a_verdict(sealed, changes, from_the_end):
    if from_the_end:  # where the seal and the last table are
        changes = [(kind, 0.97 + share * 0.03, *rest) for kind, share, *rest in changes]
    content = mutated(sealed.content, changes)
    report = verify(content, trust=Trust([sealed.certificate]))

    assert report.verdict is not Verdict.INTACT or content == sealed.content
    assert str(report.sentence)


@settings(max_examples=60, deadline=None)
@given(der=st.binary(max_size=200), padding=st.integers(0, 40))
def test_whatever_stands_in_the_place_of_the_seal_there_is_a_verdict(sealed, der, padding):
    start = sealed.content.index(b"/Contents <", sealed.content.rindex(b"/ByteRange") - 9000)
    end = sealed.content.index(b">", start)
    digits = (der.hex() + "0" * padding).upper().encode()
    digits = digits.ljust(end - start - 11, b"0")
    content = sealed.content[: start + 11] + digits + sealed.content[end:]

    report = verify(content, trust=Trust([sealed.certificate]))
    assert report.verdict is Verdict.ALTERED


def test_a_file_of_many_signatures_is_not_worked_on(sealed):
    content = b"%PDF-1.7 (snapshot.json) (seal)" + b"/ByteRange [0 10 20 10]" * 100_000

    assert verify(content, trust=Trust([sealed.certificate])).verdict is Verdict.ALTERED


def test_a_seal_of_many_certificates_is_not_worked_on(sealed):
    crowd = [Issuer("Crowd", sealed.snapshot.issued_at).certificate] * 400
    content = pkcs7.serialize_certificates(crowd, Encoding.DER).hex().upper().encode()
    start = len(b"%PDF-1.7 (snapshot.json) (seal)<") - 1
    head = b"%PDF-1.7 (snapshot.json) (seal)<" + content + b">"
    content = head + b"/ByteRange [0 %d %d 90]".ljust(90) % (start, len(head))

    assert verify(content, trust=Trust([sealed.certificate])).verdict is Verdict.ALTERED


def bomb(writer):
    """Let the properties unpack to more than there is room for."""
    metadata = generic.StreamObject(stream_data=bytes(640 * 1024**2))
    metadata.compress()
    writer.root[pdf_name("/Metadata")] = writer.add_object(metadata)
    writer.update_root()


def nest(writer):
    """Put arrays into arrays, too deep for who follows them by calling itself."""
    inner = generic.ArrayObject()
    for _ in range(400):
        inner = generic.ArrayObject([inner])
    writer.root[pdf_name("/Deep")] = inner
    writer.update_root()


@pytest.mark.parametrize("change", [bomb, nest])
def test_what_was_added_behind_a_seal_can_be_hostile(stamped, clock, change):
    """The seal is ours, and anybody can buy a time stamp over what they added after it."""
    content = stamped_again(updated(stamped.content, change), clock)
    trust = Trust([stamped.certificate], clock.certificates)
    bounds = Bounds(seconds=20, memory_bytes=512 * 1024**2)
    try:
        report = verify_apart(io.BytesIO(content), trust=trust, bounds=bounds)
    except TooCostly:
        return
    assert report.verdict is Verdict.ALTERED
