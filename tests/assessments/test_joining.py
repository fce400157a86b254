from assessments.differences import joined


def test_lines_that_both_say_come_once_and_theirs_before_mine():
    theirs = "Keys are in the HSM.\nThey are changed each year.\nThe plan is PR-07."
    mine = "Keys are in the HSM.\nThey are changed each month.\nThe plan is PR-07."

    assert joined(theirs, mine).splitlines() == [
        "Keys are in the HSM.",
        "They are changed each year.",
        "They are changed each month.",
        "The plan is PR-07.",
    ]


def test_nothing_of_either_is_lost():
    assert joined("", "Mine.") == "Mine."
    assert joined("Theirs.", "") == "Theirs."
    assert joined("One.", "One.") == "One."


def test_texts_too_long_to_compare_follow_one_another():
    theirs = "\n".join(f"line {n}" for n in range(1100))
    mine = "\n".join(f"other {n}" for n in range(1100))
    assert joined(theirs, mine) == f"{theirs}\n\n{mine}"
