import datetime as dt

import pytest

from assessments.carrying import Piece, Side, changes
from devices.enums import Fact

TODAY = dt.date(2026, 11, 20)
WRITTEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def side(*evidence, facts=(), wording="Plan.", said=("followed", "As planned.")):
    return Side(said=said, facts=frozenset(facts), wording=(wording,), evidence=evidence)


def piece(label, **more):
    return Piece(label=label, **({"added_at": WRITTEN} | more))


def compared(earlier, now, *, applies_when=("wireless", "connected")):
    return changes(earlier, now, applies_when=applies_when, written_at=WRITTEN, today=TODAY)


EV3 = piece("EV-0003")


@pytest.mark.parametrize(
    ("earlier", "now", "sentences"),
    [
        (side(EV3), side(EV3), []),
        (side(), side(facts=[Fact.WIRELESS]), ["Profile: “has a wireless link” is new."]),
        (side(facts=[Fact.WIRELESS]), side(), ["Profile: “has a wireless link” is no longer so."]),
        (side(), side(facts=[Fact.HARDWARE]), []),
        (side(), side(wording="Plan and say so."), ["The recommendation was reworded."]),
        (
            side(said=("adapted", "Otherwise.")),
            side(),
            ["The answer of the earlier version changed."],
        ),
        (
            side(),
            side(piece("EV-0009", added_at=LATER, supersedes="EV-0003")),
            ["Evidence EV-0003 was superseded by EV-0009."],
        ),
        (
            side(piece("EV-0009", supersedes="EV-0003")),
            side(piece("EV-0009", supersedes="EV-0003")),
            [],
        ),
        (side(), side(EV3), ["Evidence EV-0003 is cited here only."]),
        (side(EV3), side(), ["Evidence EV-0003 is cited in the earlier version only."]),
        (
            side(piece("EV-0003", expires_on=dt.date(2026, 11, 19))),
            side(piece("EV-0003", expires_on=dt.date(2026, 11, 19))),
            ["Evidence EV-0003 is no longer valid."],
        ),
        (
            side(piece("EV-0003", expires_on=TODAY)),
            side(piece("EV-0003", expires_on=TODAY)),
            [],
        ),
    ],
)
def test_what_changed_between_two_versions(earlier, now, sentences):
    assert compared(earlier, now) == sentences


def test_a_recommendation_for_all_devices_depends_on_no_fact():
    assert compared(side(), side(facts=[Fact.WIRELESS]), applies_when=["all"]) == []
