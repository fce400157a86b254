"""The three journeys that everything else serves, in Chromium, in French, by several people."""

import re

import pytest
from playwright.sync_api import expect

from ansm_portal.permissions import Role
from assessments.models import Dossier, PhaseReview
from assessments.services.answer import save_answer
from assessments.services.evidence import Document, add_reference, cite
from assessments.services.review import accept_phase, submit
from tests.factories import (
    AssessmentFactory,
    CatalogueFactory,
    MembershipFactory,
    OrganisationFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team():
    """Return an organisation and one person for each role, who read French."""
    organisation = OrganisationFactory(name="Hélianthe Médical", slug="helianthe")
    people = {
        role: MembershipFactory(
            organisation=organisation, role=role, user__language="fr", user__last_name=role.title()
        ).user
        for role in Role
    }
    return organisation, people


def test_register_a_device_assess_it_and_submit(team, window, tmp_path):
    organisation, people = team
    CatalogueFactory(sizes={"design": 2, "development": 1})
    report = tmp_path / "rapport.pdf"
    report.write_bytes(b"%PDF-1.7 un petit rapport")

    manager = window(people[Role.MANAGER])
    manager.get_by_role("link", name="Enregistrer le premier dispositif").click()
    manager.get_by_label("Nom").fill("Perfusia 500")
    manager.get_by_label("Référence").fill("HM-PF500")
    manager.get_by_label("Réglementation").select_option("mdr")
    manager.locator("#id_device_class").select_option("IIb")
    manager.get_by_label("Classe de sécurité").select_option("C")
    manager.get_by_role("button", name="Enregistrer").click()
    manager.get_by_role("link", name="Ajouter la première version").click()
    manager.locator("#id_label").fill("3.2.0")
    manager.get_by_label("relié à un réseau").check()
    manager.get_by_role("button", name="Enregistrer").click()
    manager.get_by_role("link", name="Commencer une évaluation").click()
    manager.get_by_role("button", name="Commencer").click()
    expect(manager.get_by_role("heading", name="Perfusia 500 3.2.0")).to_be_visible()

    # On a phone, with the keyboard for the verdict.
    assessor = window(people[Role.ASSESSOR], viewport={"width": 360, "height": 740})
    assessor.get_by_role("link", name="Perfusia 500").click()
    assessor.get_by_role("link", name="3.2.0").first.click()
    assessor.get_by_role("link", name="Recommandations (").click()
    assessor.get_by_role("link", name="Conception").first.click()
    assessor.get_by_role("link", name="REC-001").click()
    assessor.locator("input[name=verdict][value=followed]").focus()
    assessor.keyboard.press("Space")
    assessor.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(assessor.locator("#messages")).to_contain_text("REC-001 est enregistrée.")

    # What is missing is said with a link that leads there.
    assessor.get_by_role("link", name="Conception").first.click()
    assessor.get_by_role("link", name="Soumettre à la revue").click()
    assessor.get_by_role("link", name=re.compile("REC-001 .* demande une preuve")).click()
    assessor.get_by_text("Ajouter une preuve").click()
    assessor.get_by_label("Fichiers").set_input_files(report)
    assessor.get_by_role("button", name="Ajouter").click()
    expect(assessor.get_by_role("link", name="EV-0001 rapport.pdf")).to_be_visible()
    assessor.get_by_role("button", name="Enregistrer et continuer").click()
    assessor.locator("input[name=verdict][value=not_followed]").check()
    assessor.get_by_label("Justification").fill("Prévu pour la version 4.")
    assessor.get_by_role("button", name="Enregistrer", exact=True).click()
    assessor.get_by_role("link", name="Conception").first.click()
    assessor.get_by_role("link", name="Soumettre à la revue").click()
    assessor.get_by_role("button", name="Soumettre à la revue").click()
    expect(assessor.locator("#messages")).to_contain_text("soumise aux relecteurs")

    review = PhaseReview.objects.get(organisation=organisation, phase="design")
    assert (review.state, review.followed, review.not_followed) == ("submitted", 1, 1)


@pytest.fixture
def assessed(team):
    """Return an assessment whose design phase is submitted."""
    organisation, people = team
    author = people[Role.ASSESSOR]
    catalogue = CatalogueFactory(sizes={"design": 2, "development": 1})
    assessment = AssessmentFactory(
        catalogue=catalogue,
        actor=author,
        device__organisation=organisation,
        device__name="Perfusia 500",
        label="3.2.0",
    )
    evidence = add_reference(
        "PR-07", document=Document(title="Procédure"), organisation=organisation, actor=author
    )
    for answer in assessment.answers.filter(phase="design"):
        save_answer(
            answer.pk,
            revision=1,
            verdict="followed",
            justification="Selon la procédure.",
            owner_id=None,
            due_on=None,
            actor=author,
        )
        cite(answer.pk, evidence=evidence, actor=author)
    submit(PhaseReview.objects.get(assessment=assessment, phase="design").pk, actor=author)
    return assessment


def test_review_and_sign(team, assessed, window):
    _organisation, people = team
    phase = f"{assessed.get_absolute_url()}design/"

    reviewer = window(people[Role.REVIEWER])
    reviewer.goto(phase)
    reviewer.get_by_role("link", name="REC-001").click()
    reviewer.get_by_text("Émettre une remarque").click()
    reviewer.get_by_label("Nature").select_option("question")
    reviewer.get_by_label("Remarque", exact=False).last.fill("Quelle révision ?")
    reviewer.get_by_role("button", name="Émettre la remarque").click()
    expect(reviewer.get_by_text("Quelle révision ?")).to_be_visible()
    reviewer.goto(phase)
    reviewer.get_by_role("button", name="Accepter la phase").click()
    expect(reviewer.locator("#messages")).to_contain_text("La phase est acceptée.")

    approver = window(people[Role.APPROVER])
    approver.goto(phase)
    approver.get_by_role("link", name="Signer la phase").click()
    approver.get_by_label("J’approuve cette phase").check()
    approver.get_by_label("Votre fonction").fill("PRRC")
    approver.get_by_label("Votre mot de passe").fill("pas le bon")
    approver.get_by_role("button", name="Signer").click()
    expect(approver.get_by_role("alert")).to_contain_text("Rien n’a été signé.")
    approver.get_by_label("Votre mot de passe").fill("correct horse battery")
    approver.get_by_role("button", name="Signer").click()
    expect(approver.locator("#messages")).to_contain_text("La phase est signée.")

    approval = PhaseReview.objects.get(assessment=assessed, phase="design").approvals.get()
    assert (approval.signed_by, approval.voided_at) == (people[Role.APPROVER], None)


def test_issue_download_and_verify(team, assessed, window, tmp_path):
    _organisation, people = team
    review = PhaseReview.objects.get(assessment=assessed, phase="design")
    accept_phase(review.pk, actor=people[Role.REVIEWER])

    manager = window(people[Role.MANAGER])
    manager.set_default_timeout(90_000)  # the dossier is made in this request
    manager.goto(assessed.get_absolute_url())
    manager.get_by_role("link", name="Émettre un dossier").click()
    manager.get_by_role("button", name="Émettre").click()
    expect(manager.get_by_text("Copie provisoire")).to_be_visible(timeout=90_000)
    with manager.expect_download() as download:
        manager.get_by_role("link", name="Télécharger le PDF").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)

    auditor = window(people[Role.AUDITOR])
    auditor.get_by_role("link", name="Vérifier un fichier").click()
    auditor.get_by_label("Dossier (PDF)").set_input_files(file)
    auditor.get_by_role("button", name="Vérifier").click()
    # Printing all pages again takes as long as the page says.
    verdict = expect(auditor.get_by_role("status").last)
    verdict.to_contain_text("est intact", timeout=90_000)

    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(content)
    auditor.get_by_label("Dossier (PDF)").set_input_files(altered)
    auditor.get_by_role("button", name="Vérifier").click()
    expect(auditor.locator("p.note-bad")).to_contain_text("altéré")

    dossier = Dossier.objects.get()
    assert (dossier.number[:2], dossier.state) == ("D-", "issued")
