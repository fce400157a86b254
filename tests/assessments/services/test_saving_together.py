"""Ten people save the same and different answers at once, each in a process of their own."""

import itertools

import pytest

from assessments.models import Answer, PhaseReview
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory
from tests.processes import run, run_together

PEOPLE, SAVES_EACH = 10, 4

pytestmark = pytest.mark.django_db(transaction=True)


def test_ten_people_who_save_at_once_lose_nothing():
    assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": PEOPLE + 1}))
    organisation = assessment.organisation
    people = [MembershipFactory(organisation=organisation).user.email for _ in range(PEOPLE)]
    assert set(Answer.objects.values_list("revision", flat=True)) == {1}

    ended = run_together(
        "tests.assessments.services.saver",
        [
            [str(assessment.pk), email, str(own), str(SAVES_EACH)]
            for own, email in enumerate(people, start=1)
        ],
    )

    assert ended == [0] * PEOPLE
    shared, *own = Answer.objects.order_by("position")
    lines = [[f"{email} {number}" for number in range(SAVES_EACH)] for email in people]
    assert sorted(shared.justification.split("\n")[1:]) == sorted(
        itertools.chain.from_iterable(lines)
    )
    assert shared.revision == 1 + PEOPLE * SAVES_EACH
    assert [answer.justification.split("\n")[1:] for answer in own] == lines
    assert {answer.revision for answer in own} == {1 + SAVES_EACH}
    assert PhaseReview.objects.get(phase="design").followed == PEOPLE + 1

    check = run("manage.py", "verify_journal")
    assert (check.returncode, check.stderr) == (0, "")
    assert ": intact, " in check.stdout
