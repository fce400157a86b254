import datetime as dt

import pytest

from devices.enums import LifecyclePhase as Phase
from devices.lifecycle import phase_by_dates

RELEASE, END = dt.date(2026, 3, 1), dt.date(2026, 9, 30)
BEFORE, BETWEEN, AFTER = dt.date(2026, 2, 28), dt.date(2026, 6, 1), dt.date(2026, 10, 1)


@pytest.mark.parametrize(
    ("day", "confirmed", "suggested"),
    [
        (BEFORE, Phase.DESIGN, Phase.DESIGN),
        (BEFORE, Phase.COMMISSIONING, Phase.COMMISSIONING),
        (RELEASE, Phase.COMMISSIONING, Phase.POST_MARKET),
        (BETWEEN, Phase.DESIGN, Phase.POST_MARKET),
        (BETWEEN, Phase.END_OF_LIFE, Phase.END_OF_LIFE),
        (END, Phase.POST_MARKET, Phase.POST_MARKET),
        (AFTER, Phase.POST_MARKET, Phase.END_OF_LIFE),
    ],
)
def test_dates_suggest_a_phase(day, confirmed, suggested):
    assert (
        phase_by_dates(day, confirmed=confirmed, released_on=RELEASE, support_ends_on=END)
        == suggested
    )


@pytest.mark.parametrize("confirmed", Phase)
def test_without_dates_the_phase_is_the_one_confirmed(confirmed):
    assert (
        phase_by_dates(AFTER, confirmed=confirmed, released_on=None, support_ends_on=None)
        == confirmed
    )
