"""Somebody without an account opens a link, reads, compares and raises a remark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import Remark
from assessments.services.dossier_link import create_link
from tests.assessments.auditing.rows import issue, terms
from tests.browser.conftest import PATIENCE_MS
from tests.browser.test_accessibility import TAGS

pytestmark = pytest.mark.django_db(transaction=True)


FRENCH = {
    "language": "fr",
    "look": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "opens": "Ouvrir le dossier",
    "raises": "Émettre la remarque",
}
ENGLISH = {
    "language": "en",
    "look": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
    "opens": "Open the dossier",
    "raises": "Raise the remark",
}


@pytest.mark.parametrize("seen", [FRENCH, ENGLISH], ids=["fr-light-1280", "en-dark-360"])
def test_a_link_leads_from_the_mail_to_a_remark(chromium, portal, people, assessment, seen):
    issue(assessment)
    newer = issue(assessment, 2, minutes=1, verdict="adapted", justification="Covers **most**.")
    link, token = create_link(
        newer, terms=terms(language=seen["language"], with_comparison=True), actor=people[0]
    )
    context = chromium.new_context(base_url=portal.url, **seen["look"])
    context.set_default_timeout(PATIENCE_MS)
    page, found, faults = context.new_page(), {}, []
    page.on("pageerror", lambda error: faults.append(str(error)))

    def look_at(address):
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == seen["language"]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        if results.violations_count:
            found[address] = [
                (violation["id"], violation["nodes"][0]["html"][:120])
                for violation in results.response["violations"]
            ]

    look_at(reverse("shared:landing", args=[assessment.organisation.slug, token]))
    page.get_by_role("button", name=seen["opens"]).click()
    page.wait_for_url(f"**{reverse('shared:dossier', args=[link.pk])}")
    assert token not in page.evaluate("document.referrer")
    for name in ("dossier", "evidence", "compare", "remarks"):
        look_at(reverse(f"shared:{name}", args=[link.pk]))
    page.locator("[name=text]").fill("Which interfaces?")
    page.get_by_role("button", name=seen["raises"]).click()
    expect(page.locator("article.thread")).to_contain_text("Which interfaces?")
    context.close()

    assert Remark.objects.get().raiser == "Anne Roux, Notified body"
    assert (found, faults) == ({}, [])
