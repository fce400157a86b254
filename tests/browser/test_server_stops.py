"""What is typed survives a server that stops between typing and saving."""

import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings
from playwright.sync_api import expect

from assessments.models import Answer
from tests.browser.conftest import work
from tests.processes import PATIENCE_SECONDS, environment

pytestmark = pytest.mark.django_db(transaction=True)


class Server:
    """The portal in a process of its own, that can be killed and started again."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "manage.py", "runserver", "--insecure", "--noreload"),
                f"127.0.0.1:{self.port}",
            ],
            cwd=settings.BASE_DIR,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise TimeoutError(self.url)

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=PATIENCE_SECONDS)


@pytest.fixture
def portal(assessment):
    """Give the windows a server that can be killed."""
    server = Server()
    server.start()
    yield server
    server.kill()


def test_what_is_typed_survives_a_server_that_stops(people, assessment, window, portal):
    page = window(people[0])
    page.goto(work(assessment))
    text = page.get_by_label("Justification")
    state = page.locator("[data-portal-draft-state]")
    kept, lost = state.locator("[data-state=kept]"), state.locator("[data-state=lost]")
    text.fill("Typed before the server stopped.")
    expect(kept).to_be_visible()

    portal.kill()
    text.fill("Typed before the server stopped, and after.")
    expect(lost).to_be_visible()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Le portail ne répond pas")
    expect(text).to_have_value("Typed before the server stopped, and after.")
    context = page.context
    page.faults.clear()  # the browser says that nobody answered, as it should
    page.close(run_before_unload=False)

    portal.start()
    page = context.new_page()
    page.faults = []
    page.goto(work(assessment))
    offer = page.locator("[data-portal-offer]")
    expect(offer).to_contain_text("Typed before the server stopped, and after.")
    expect(page.get_by_label("Justification")).to_have_value("Typed before the server stopped.")
    offer.get_by_role("button", name="Le reprendre dans le formulaire").click()
    page.locator("input[name=verdict][value=followed]").check()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("REC-001 est enregistrée.")

    answer = Answer.objects.get(code="REC-001")
    assert answer.justification == "Typed before the server stopped, and after."
    page.reload()
    expect(page.locator("[data-portal-offer]")).to_be_hidden()
