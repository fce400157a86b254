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
    yield reverse("assessments:assessment-coverage", args=[slug, assessment.pk])
    yield reverse("assessments:requirements-list", args=[slug])
    yield reverse("assessments:dossier-list", args=[slug])
    yield reverse("verify")


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


FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    if (one === document.body) return null;
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [one.outerHTML.slice(0, 80), ring, one.type === "date"];
}"""


@pytest.mark.parametrize("width", [360, 1280])
def test_whatever_takes_the_keyboard_shows_it(people, assessment, window, width):
    page = window(people[0], viewport={"width": width, "height": 740})
    slug = assessment.organisation.slug
    for address in (
        reverse("assessments:answer-list", args=[slug]),
        reverse("assessments:action-add", args=[slug]),
    ):
        page.goto(address)
        hidden, seen = [], 0
        for _ in range(80):
            page.keyboard.press("Tab")
            found = page.evaluate(FOCUSED)
            if found is None:  # past the last one
                break
            html, has_ring, is_date = found
            seen += 1
            if not (has_ring or is_date):  # the browser draws the ring inside a date
                hidden.append(html)
        assert seen > 8
        assert hidden == []
