import re
from xml.etree import ElementTree as ET

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from assessments.dossier.charts import NARROW, WIDTH, Series, stacked_bars

SERIES = [
    Series("a", "first", "✓", "#000000", "#ffffff"),
    Series("b", "second", "✗", "#ffffff", "#000000"),
]
COUNTS = st.fixed_dictionaries({"a": st.integers(0, 500), "b": st.integers(0, 500)})


def draw(chart):
    return ET.fromstring(render_to_string("dossier/_bars.html", {"chart": chart}))  # noqa: S314 -- ours


@given(st.lists(st.tuples(st.just("row"), COUNTS), max_size=6))
def test_bars_join_and_stay_inside_the_plot(rows):
    chart = stacked_bars("name", "Title", rows, SERIES)

    for bar, (_, counts) in zip(chart.bars, rows, strict=True):
        assert bar.total == sum(counts.values())
        for left, right in zip(bar.segments, bar.segments[1:], strict=False):
            assert left.x + left.width == right.x
        assert all(part.x + part.width <= WIDTH for part in bar.segments)


def test_each_number_stands_in_its_bar_with_its_symbol():
    chart = stacked_bars("name", "Title", [("row", {"a": 12, "b": 3})], SERIES)

    assert [part.text for part in chart.bars[0].segments] == ["✓ 12", "✗ 3"]


@pytest.mark.parametrize(("count", "text"), [(1, ""), (20, "20"), (60, "✗ 60")])
def test_a_narrow_bar_says_less(count, text):
    chart = stacked_bars("name", "Title", [("row", {"a": 500, "b": count})], SERIES)

    assert chart.bars[0].segments[1].text == text


def test_the_plot_is_told_in_words_and_escaped():
    chart = stacked_bars("n", "<Title>", [("A & B", {"a": 2}), ("C", {})], SERIES)
    svg = draw(chart)

    title = svg.find("{http://www.w3.org/2000/svg}title").text
    assert title == "<Title>. A & B: first 2; C: 0"
    assert [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")][:2] == [
        "A & B",
        "✓ 2",
    ]


def test_the_plot_has_no_inline_style_and_only_whole_numbers(settings):
    settings.USE_THOUSAND_SEPARATOR = True
    chart = stacked_bars("n", "T", [("row", {"a": 7, "b": 5000})], SERIES)
    svg = render_to_string("dossier/_bars.html", {"chart": chart})

    assert "style=" not in svg
    numbers = re.findall(r' (?:x|y|width|height)="([^"]*)"', svg)
    assert numbers
    assert all(number.isascii() and number.isdigit() for number in numbers)


def test_on_a_narrow_page_labels_stand_above_their_bars():
    rows = [("A framework of a long name", {"a": 3, "b": 1}), ("Another", {"b": 2})]
    chart = stacked_bars("plot-narrow", "Plot", rows, SERIES, NARROW)

    svg = draw(chart)
    texts = svg.iter("{http://www.w3.org/2000/svg}text")
    labels = [one for one in texts if one.get("class") == "chart-label"]
    assert [float(one.get("font-size")) for one in labels] == [12, 12]
    for label, bar in zip(labels, chart.bars, strict=True):
        assert int(label.get("y")) < bar.y
    assert chart.bars[1].label_baseline - 12 > chart.bars[0].y + chart.bar_height
    assert int(svg.get("width")) == 300  # a page of 360 shows it at its size
    ends = [part.x + part.width for bar in chart.bars for part in bar.segments]
    assert max(ends) <= 300
    assert chart.height >= max(key.y for key in chart.legend) + 14
