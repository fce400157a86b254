"""Each attack by name, and each byte that holds the file together. All of it: script/tamper."""

import shutil

import pytest

from assessments.dossier.report import Verdict
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier import test_timestamps
from tests.assessments.dossier.attacks import (
    ANYWHERE,
    NOT_NOTICED,
    STAMPED,
    Target,
    flipped,
    is_found,
    is_noticed_by_poppler,
    places,
)

server, clock, stamped = (  # fixtures of theirs
    test_timestamps.server,
    test_timestamps.clock,
    test_timestamps.stamped,
)
PDFSIG = shutil.which("pdfsig")


@pytest.fixture(params=["sealed", "stamped"])
def target(request, sealed, stamped, clock):
    chosen = {"sealed": sealed, "stamped": stamped}[request.param]
    return Target(chosen.content, chosen.unsealed, clock)


@pytest.fixture
def trust(sealed, clock):
    return Trust([sealed.certificate], clock.certificates)


@pytest.mark.parametrize("name", ANYWHERE)
def test_an_attack_is_found(target, trust, name):
    attacked = ANYWHERE[name](target)

    assert attacked != target.content
    assert verify(attacked, trust=trust).verdict is Verdict.ALTERED
    _judged_by_poppler(attacked, name)


@pytest.mark.parametrize("name", STAMPED)
def test_an_attack_behind_a_time_stamp_is_found(stamped, clock, trust, name):
    attacked = STAMPED[name](Target(stamped.content, stamped.unsealed, clock))

    assert verify(attacked, trust=trust).verdict is Verdict.ALTERED
    _judged_by_poppler(attacked, name)


def _judged_by_poppler(content, name):
    """Hold what pdfsig says, so that the table in the documentation stays true."""
    if PDFSIG:
        assert is_noticed_by_poppler(content) == (name not in NOT_NOTICED)


def test_what_is_not_attacked_is_intact(target, trust):
    assert verify(target.content, trust=trust).verdict is Verdict.INTACT
    if PDFSIG:
        assert not is_noticed_by_poppler(target.content)


def test_any_changed_byte_is_found(sealed, trust):
    content = sealed.content
    spots = places(content, 1024)
    tables = len(content) - content.rindex(b"\nxref\n")
    assert len(spots) > tables, "the last cross-reference table is among them"
    kept = [spot for spot in spots if spot < 64 or spot > len(sealed.unsealed) or spot % 16 == 0]
    missed = [spot for spot in kept if not is_found(flipped(content, spot), trust)]

    assert missed == []
