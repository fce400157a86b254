from uuid import UUID

from assessments.matrix import Column, Row, legend, table

KEY, OTHER = UUID(int=1), UUID(int=2)
COLUMNS = [
    Column("REC-1", "First", "Design"),
    Column("REC-2", "Second", "Design"),
    Column("REC-3", "Third", "Development"),
]


def drawn(*rows, columns=COLUMNS):
    return table(columns, rows, caption="All", corner="Device", address=("/o/x/answers/", "/"))


def row(name="PMP-1", detail="Pump 1.0", **cells):
    return Row(name, detail, "/a/", {code.replace("_", "-"): cell for code, cell in cells.items()})


def test_a_cell_is_a_link_with_a_colour_a_symbol_and_a_name():
    html = drawn(row(REC_1=(KEY, "followed")))
    assert (
        f'<td class="matrix-followed"><a href="/o/x/answers/{KEY}/" '
        'aria-label="PMP-1, REC-1: followed">✓</a></td><td></td><td></td></tr>'
    ) in html


def test_what_is_excluded_is_shown_as_such():
    html = drawn(row(REC_2=(KEY, "excluded")))
    assert 'class="matrix-excluded"' in html
    assert 'aria-label="PMP-1, REC-2: left out by the profile">⊘</a>' in html


def test_every_kind_of_cell_has_its_own_symbol():
    kinds = ["not_assessed", "followed", "adapted", "partly_followed", "not_followed"]
    kinds += ["not_applicable", "excluded"]
    columns = [Column(kind, "", "Design") for kind in kinds]
    cells = {kind: (KEY, kind) for kind in kinds}
    html = drawn(Row("PMP-1", "", "/a/", cells), columns=columns)
    symbols = [html.partition(f"{kind}: ")[2].partition('">')[2][0] for kind in kinds]
    assert symbols == list("○✓≈◐✗–⊘")
    assert all(f">{symbol}</span>" in legend() for symbol in symbols)


def test_headers_say_what_they_head():
    html = drawn(row())
    assert html.count('<th scope="col" class="matrix-code">') == 3
    assert '<th scope="colgroup" colspan="2" class="matrix-phase"><span>Design</span></th>' in html
    assert '<th scope="row" class="matrix-name"><a href="/a/"><bdi>PMP-1</bdi></a>' in html
    assert '<span title="Second">REC-2</span>' in html


def test_a_row_has_a_cell_for_each_column_and_in_its_place():
    html = drawn(row(REC_3=(KEY, "adapted"), REC_9=(OTHER, "followed")))
    cells = html.partition("<tbody>")[2]
    assert cells.count("<td") == 3
    assert cells.index("<td></td><td></td>") < cells.index("matrix-adapted")
    assert str(OTHER) not in html


def test_nothing_people_type_becomes_markup():
    nasty = '"><script>alert(1)</script>'
    html = table(
        [Column(nasty, nasty, nasty)],
        [Row(nasty, nasty, nasty, {nasty: (KEY, "followed")})],
        caption=nasty,
        corner=nasty,
        address=(nasty, nasty),
    )
    assert "<script" not in html
    assert html.count('">&lt;script') == 0
