"""axe-core looks at the pages people work on, in both languages, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from tests.browser.conftest import work

pytestmark = pytest.mark.django_db(transaction=True)

# WCAG 2.2 AA, and what axe holds to be good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def addresses(assessment):
    slug = assessment.organisation.slug
    yield work(assessment)
    yield f"{work(assessment)}?q=nothing-has-this-word"
    yield assessment.get_absolute_url()
    yield f"{assessment.get_absolute_url()}design/"
    yield reverse("assessments:answer-list", args=[slug])
    yield reverse("assessments:matrix", args=[slug])
    yield reverse("assessments:device-list", args=[slug])
    yield reverse("assessments:action-list", args=[slug])


@pytest.mark.parametrize(
    ("language", "look"),
    [
        ("fr", {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}}),
        ("en", {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}}),
    ],
    ids=["fr-light-1280", "en-dark-360"],
)
def test_axe_finds_nothing(people, assessment, window, language, look):
    page = window(people[0], **look)
    people[0].language = language
    people[0].save()
    found = {}
    for address in addresses(assessment):
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        if results.violations_count:
            found[address] = [
                (violation["id"], violation["nodes"][0]["html"][:120])
                for violation in results.response["violations"]
            ]
    assert found == {}
