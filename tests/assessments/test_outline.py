from assessments.outline import SectionCount, outline


def test_every_phase_has_its_line_with_the_sum_of_its_sections():
    lines = outline(
        [
            SectionCount("design", "C1", "Analysis", applicable=4, assessed=1),
            SectionCount("end_of_life", "F1", "Retirement", applicable=2, assessed=2),
            SectionCount("design", "C2", "Architecture", applicable=3, assessed=3),
        ]
    )

    assert [(line.phase, line.assessed, line.applicable) for line in lines] == [
        ("design", 4, 7),
        ("development", 0, 0),
        ("commissioning", 0, 0),
        ("post_market", 0, 0),
        ("end_of_life", 2, 2),
    ]
    assert [section.key for section in lines[0].sections] == ["C1", "C2"]
