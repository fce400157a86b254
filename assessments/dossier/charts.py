"""Geometry of the plots; ``templates/dossier/_bars.html`` draws it as SVG.

The same plots serve the PDF and web pages: no inline style, numbers written in the bars,
and a symbol for each series, so that nothing depends on colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
_BAR: Final = 19
_LEGEND_ROW: Final = 20
# Narrower than this, a number would touch the next one.
_ROOM_FOR_NUMBER: Final = 14
_ROOM_FOR_SYMBOL: Final = 30


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand, in the units of text: labels beside the bars, or above each.

    ``labels`` and ``totals`` is the room beside a bar, ``above`` that over it.
    """

    width: int
    labels: int
    totals: int
    above: int
    row: int
    legend_columns: int


WIDE: Final = Layout(WIDTH, labels=204, totals=40, above=0, row=27, legend_columns=3)
NARROW: Final = Layout(300, labels=0, totals=0, above=18, row=46, legend_columns=1)


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing counted: how it is named and drawn."""

    key: str
    label: str
    symbol: str
    fill: str
    ink: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar; ``text`` is empty where there is no room."""

    series: Series
    count: int
    x: int
    width: int
    text: str

    @property
    def centre(self) -> int:
        """Where its number stands."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the plot."""

    label: str
    total: int
    y: int
    segments: tuple[Segment, ...]
    above: int = 0

    @property
    def baseline(self) -> int:
        """Where the numbers in it stand."""
        return self.y + _BAR - 6

    @property
    def label_baseline(self) -> int:
        """Where label and total stand: beside it, or above."""
        return self.y - 5 if self.above else self.baseline

    @property
    def description(self) -> str:
        """The row in words, for those who do not see it."""
        counts = ", ".join(f"{part.series.label} {part.count}" for part in self.segments)
        return f"{self.label}: {counts or 0}"


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the legend."""

    series: Series
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot ready to be drawn; ``name`` makes its ids unique on a page."""

    name: str
    title: str
    bars: tuple[Bar, ...]
    legend: tuple[Key, ...]
    height: int
    width: int = WIDTH
    bar_height: int = _BAR

    @property
    def totals_x(self) -> int:
        """Where totals end."""
        return self.width - 4

    @property
    def description(self) -> str:
        """All rows in words."""
        return "; ".join(bar.description for bar in self.bars)


def stacked_bars(
    name: str,
    title: str,
    rows: Sequence[tuple[str, Mapping[str, int]]],
    series: Sequence[Series],
    layout: Layout = WIDE,
) -> Chart:
    """Return a plot of ``rows`` (label, count by key of series), all to one scale."""
    largest = max((sum(counts.values()) for _, counts in rows), default=0)
    bars = tuple(
        Bar(
            label=label,
            total=sum(counts.values()),
            y=index * layout.row + layout.above,
            segments=tuple(_segments(counts, series, largest, layout)),
            above=layout.above,
        )
        for index, (label, counts) in enumerate(rows)
    )
    used = [one for one in series if any(counts.get(one.key) for _, counts in rows)]
    top = len(rows) * layout.row + 12
    columns = layout.legend_columns
    column = (layout.width - layout.labels) // columns
    legend = tuple(
        Key(
            one,
            layout.labels + index % columns * column,
            top + index // columns * _LEGEND_ROW,
        )
        for index, one in enumerate(used)
    )
    height = top + -(-len(used) // columns) * _LEGEND_ROW
    return Chart(name, title, bars, legend, height, layout.width)


def _segments(
    counts: Mapping[str, int], series: Sequence[Series], largest: int, layout: Layout
) -> Iterator[Segment]:
    """Lay the counts side by side; edges are rounded, so that sums stay exact."""
    room = layout.width - layout.labels - layout.totals
    before = 0
    for one in series:
        count = counts.get(one.key, 0)
        if not count:
            continue
        start = layout.labels + before * room // largest
        before += count
        width = layout.labels + before * room // largest - start
        yield Segment(one, count, start, width, _text(one.symbol, count, width))


def _text(symbol: str, count: int, width: int) -> str:
    if width >= _ROOM_FOR_SYMBOL:
        return f"{symbol} {count}"
    return str(count) if width >= _ROOM_FOR_NUMBER else ""
