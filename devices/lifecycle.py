"""What the dates of a version say about its phase. No database; the day is an argument."""

from __future__ import annotations

import datetime as dt

from devices.enums import LifecyclePhase


def phase_by_dates(
    day: dt.date,
    *,
    confirmed: LifecyclePhase,
    released_on: dt.date | None,
    support_ends_on: dt.date | None,
) -> LifecyclePhase:
    """Return the phase that the dates suggest on ``day``; a person confirms each step.

    Dates say nothing before the release: design, development and commissioning are
    as last confirmed. From the release on, a version is on the market; after the
    last day of security support it is at its end of life.
    """
    if support_ends_on is not None and day > support_ends_on:
        return LifecyclePhase.END_OF_LIFE
    if released_on is not None and day >= released_on:
        after_release = (LifecyclePhase.POST_MARKET, LifecyclePhase.END_OF_LIFE)
        return confirmed if confirmed in after_release else LifecyclePhase.POST_MARKET
    return confirmed
