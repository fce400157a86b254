"""The workspace in Chromium: two people at one answer, and the keyboard alone."""

import pytest
from playwright.sync_api import expect

from assessments.models import Answer, AnswerDraft
from tests.browser.conftest import ANSWERS, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_at_one_answer_keep_both_texts(people, assessment, window):
    ada, blaise = (window(person) for person in people)
    for page in (ada, blaise):
        page.goto(work(assessment))
        expect(page.locator(".work-row[aria-current]")).to_contain_text("REC-001")
    ada.get_by_label("Justification").fill("Ada : les clés sont dans le HSM.")
    blaise.get_by_label("Justification").fill("Blaise : la procédure est PR-07.")
    for page in (ada, blaise):
        expect(page.locator("[data-state=kept]")).to_be_visible()
    assert AnswerDraft.objects.count() == 2

    ada.locator("input[name=verdict][value=followed]").check()
    ada.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(ada.locator("#messages")).to_contain_text("REC-001 est enregistrée.")
    blaise.locator("input[name=verdict][value=followed]").check()
    blaise.get_by_role("button", name="Enregistrer", exact=True).click()
    clash = blaise.get_by_role("alert")
    expect(clash).to_contain_text("Ada : les clés sont dans le HSM.")
    expect(clash.locator("ins").first).to_be_visible()
    clash.get_by_role("button", name="Réunir les deux textes").click()
    expect(blaise.get_by_label("Justification")).to_have_value(
        "Ada : les clés sont dans le HSM.\nBlaise : la procédure est PR-07."
    )
    blaise.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(blaise.locator("#messages")).to_contain_text("REC-001 est enregistrée.")

    answer = Answer.objects.get(code="REC-001")
    assert answer.justification.splitlines() == [
        "Ada : les clés sont dans le HSM.",
        "Blaise : la procédure est PR-07.",
    ]
    assert (answer.answered_by, answer.revision) == (people[1], 3)
    assert not AnswerDraft.objects.exists()


def test_saving_while_a_draft_is_half_received_leaves_the_console_clean(people, assessment, window):
    page = window(people[0])
    page.add_init_script(
        """
        const json = Response.prototype.json;
        Response.prototype.json = async function () {
          document.documentElement.dataset.halfReceived = "yes";
          await new Promise((resolve) => setTimeout(resolve, 500));
          return json.call(this);
        };
        """
    )
    page.goto(work(assessment))
    page.get_by_label("Justification").fill("Les clés sont dans le HSM.")
    expect(page.locator("html")).to_have_attribute("data-half-received", "yes")
    page.locator("input[name=verdict][value=followed]").check()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("REC-001 est enregistrée.")
    page.wait_for_timeout(1000)  # the fault, if any, is reported by the fixture


def test_who_else_has_the_answer_open_is_shown(people, assessment, window):
    ada, blaise = (window(person) for person in people)
    ada.goto(work(assessment))
    expect(ada.locator(".presence")).to_have_attribute("role", "status")
    with ada.expect_response(lambda response: "presence" in response.url):
        ada.reload()
    blaise.goto(work(assessment))
    expect(blaise.locator(".presence")).to_contain_text("Ada Martin a aussi ouvert cette réponse")


def test_twenty_answers_by_keyboard_alone(people, assessment, window):
    page = window(people[0])
    page.goto(work(assessment))
    presses = 0

    def press(key):
        nonlocal presses
        presses += 1
        page.keyboard.press(key)

    for _ in range(ANSWERS):  # as fast as it goes: a key never meets the answer before
        press("1")
        press("Enter")
    done = page.locator("#messages")
    expect(done).to_contain_text(f"REC-{ANSWERS:03} est enregistrée.", timeout=90_000)

    assert presses == 2 * ANSWERS
    assert set(Answer.objects.values_list("verdict", flat=True)) == {"followed"}
    assert page.locator("#count-design").inner_text().startswith(f"{ANSWERS}")


def test_the_keys_are_shown_and_can_be_switched_off(people, assessment, window):
    page = window(people[0])
    page.goto(work(assessment))
    page.keyboard.press("j")
    expect(page.locator(".work-row[aria-current]")).to_contain_text("REC-002")
    page.keyboard.press("e")
    page.keyboard.type("jk1")  # in a text, keys are letters
    expect(page.get_by_label("Justification")).to_have_value("jk1")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("recommandation suivante, précédente")
    dialog.get_by_label("Les touches seules agissent").uncheck()
    dialog.get_by_role("button", name="Fermer").click()
    page.keyboard.press("k")
    expect(page.locator(".work-row[aria-current]")).to_contain_text("REC-002")
