"""What may come after a seal: never more than pyHanko's analysis, which takes seconds, allows."""

import io

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    ModificationLevel,
    SuspiciousModification,
)

from assessments.dossier.contents import Contents
from assessments.dossier.envelope import open_envelope
from assessments.dossier.revisions import is_only_kept_alive
from tests.assessments.dossier import test_timestamps
from tests.assessments.dossier.attacks import (
    QUIET,
    STAMPED,
    Target,
    attachment,
    note,
    overlay,
    pages,
    stamped_again,
    title,
    updated,
)

server, clock, stamped = (  # fixtures of theirs
    test_timestamps.server,
    test_timestamps.clock,
    test_timestamps.stamped,
)
# pyHanko takes these for harmless: its caller has to look at properties and at the table.
TAKEN_BY_PYHANKO = {"title", "script", "forgetting"}


def is_taken(content, sealed):
    return is_only_kept_alive(Contents(content), open_envelope(sealed).sealed_bytes)


@pytest.fixture(scope="module")
def taken_by_pyhanko(stamped):
    """Judge as pyHanko does; the ways through the sealed revision are looked for once."""
    known = []

    def judge(content):
        reader = PdfFileReader(io.BytesIO(content))
        base = reader.get_historical_resolver(reader.embedded_signatures[0].signed_revision)
        if known:
            base._indirect_object_access_cache = known[0]  # noqa: SLF001 -- the same in all
        found = DEFAULT_DIFF_POLICY.review_file(reader, base)
        known[:] = [base._indirect_object_access_cache]  # noqa: SLF001 -- the same in all
        return (
            not isinstance(found, SuspiciousModification)
            and found.modification_level <= ModificationLevel.LTA_UPDATES
        )

    return judge


def test_what_keeps_a_dossier_alive_is_taken_by_both(stamped, clock, taken_by_pyhanko):
    twice = stamped_again(stamped_again(stamped.content, clock), clock)

    for content in (stamped.content, twice):
        assert taken_by_pyhanko(content)
        assert is_taken(content, stamped.content)


@pytest.mark.parametrize(
    "change", [overlay, attachment, note, title, pages, *QUIET], ids=lambda each: each.__name__
)
def test_nothing_else_is(stamped, clock, taken_by_pyhanko, change):
    content = stamped_again(updated(stamped.content, change), clock)

    assert not is_taken(content, stamped.content)
    assert taken_by_pyhanko(content) == (change.__name__ in TAKEN_BY_PYHANKO)


def test_a_document_of_its_own_is_not_what_was_sealed(stamped, clock):
    """pyHanko would have to be asked what the seal covers, too."""
    attack = STAMPED["a table of its own, then stamped"]
    content = attack(Target(stamped.content, stamped.unsealed, clock))

    assert not is_taken(content, stamped.content)
