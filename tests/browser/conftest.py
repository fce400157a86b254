"""Chromium for the journeys: the browser of the system, one window per person."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from ansm_portal.permissions import Role
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    MembershipFactory,
    OrganisationFactory,
)
from tests.factories.accounts import PASSWORD

# Playwright runs an event loop in this thread; Django's ORM is used between its calls only.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
PATIENCE_MS = 10_000
ANSWERS = 20


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.sweep)


@pytest.fixture(scope="module")
def chromium():
    # Not for the session: while Playwright's loop runs, nothing else in the process may run one.
    if CHROMIUM is None:
        pytest.fail("Install chromium, or name it in CHROMIUM: the journeys need a browser.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture
def portal(live_server):
    """Return the server that the windows look at."""
    return live_server


@pytest.fixture
def window(chromium, portal):
    """Open a window in which ``user`` has signed in by the form."""
    contexts = []

    def open_for(user, **options):
        context = chromium.new_context(
            base_url=portal.url,
            locale="fr-FR",
            **({"viewport": {"width": 1280, "height": 900}} | options),
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on(
            "console",
            lambda message: (
                message.type == "error"
                and "status of 4" not in message.text
                and page.faults.append(message.text)
            ),
        )
        page.goto("/account/login/")
        page.locator("[name=login]").fill(user.email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Se connecter").click()
        page.wait_for_url(lambda url: "/account/login" not in url)
        return page

    yield open_for
    faults = [fault for context in contexts for page in context.pages for fault in page.faults]
    for context in contexts:
        context.close()
    assert faults == [], "the console of the browser is not clean"


@pytest.fixture
def people():
    """Return two assessors of one organisation, who read French."""
    organisation = OrganisationFactory(name="Hélianthe Médical", slug="helianthe")
    return [
        MembershipFactory(
            organisation=organisation,
            role=Role.ASSESSOR,
            user__language="fr",
            user__first_name=name,
            user__last_name="Martin",
        ).user
        for name in ("Ada", "Blaise")
    ]


@pytest.fixture
def assessment(people):
    """Return their assessment of :data:`ANSWERS` recommendations of one phase."""
    return AssessmentFactory(
        catalogue=CatalogueFactory(sizes={"design": ANSWERS}),
        actor=people[0],
        device__organisation=people[0].memberships.get().organisation,
        device__name="Perfusia 500",
        label="3.2.0",
    )


def work(assessment):
    """Return the address of the workspace of ``assessment``."""
    return f"{assessment.get_absolute_url()}work/"
