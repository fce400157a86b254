import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ansm_portal.permissions import Role
from assessments.models import Dossier, DossierSignatory
from assessments.services import signing
from assessments.services.signing import KeyRefused
from assessments.services.waiting import CannotSign
from tests.assessments.views.test_dossier import dossier_of, queued, url  # noqa: F401 -- a fixture
from tests.factories import AssessmentFactory, CatalogueFactory, MembershipFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

CONTENT = b"%PDF-1.7 to be signed"
DIGEST = "a" * 64


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))


def member(assessment, role):
    return MembershipFactory(organisation=assessment.organisation, role=role).user


@pytest.fixture
def ann(client, assessment):
    """Sign in an approver."""
    ann = member(assessment, Role.APPROVER)
    client.force_login(ann)
    return ann


@pytest.fixture
def dossier(assessment):
    name = default_storage.save("dossiers/to-sign.pdf", ContentFile(CONTENT))
    return dossier_of(
        assessment,
        state="signing",
        snapshot="{}",
        snapshot_sha256=DIGEST,
        pending_file=name,
        pending_sha256="b" * 64,
        pages=12,
    )


def signatory(dossier, person, position=1, **fields):
    return DossierSignatory.objects.create(
        organisation=dossier.organisation,
        dossier=dossier,
        position=position,
        person=person,
        name=str(person),
        meaning="I approve.",
        **fields,
    )


@pytest.fixture
def asked(ann, dossier):
    """Return a dossier that Ann, who is signed in, is asked to sign."""
    signatory(dossier, ann)
    return dossier


def sent(**changes):
    key = SimpleUploadedFile("ann.p12", b"key")
    fields = {"key": key, "password_of_key": "open", "password": PASSWORD, "sha256": DIGEST}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def test_who_asks_names_who_is_to_sign(client, assessment, queued):  # noqa: F811 -- the fixture
    client.force_login(member(assessment, Role.MANAGER))
    ann, bob = member(assessment, Role.APPROVER), member(assessment, Role.APPROVER)
    address = url(assessment, "assessment-issue")
    page = client.get(address).content.decode()
    assert str(ann) in page

    chosen = {f"signatory-{ann.pk}": "responsible", f"signatory-{bob.pk}": ""}
    client.post(address, {"language": "fr", **chosen})

    asked = DossierSignatory.objects.get()
    assert (asked.person, asked.name, asked.position) == (ann, str(ann), 1)
    assert asked.meaning.startswith("En tant que personne")  # the dossier is in French


def test_a_choice_that_is_none_is_refused(client, assessment, queued):  # noqa: F811 -- the fixture
    client.force_login(member(assessment, Role.MANAGER))
    ann = member(assessment, Role.APPROVER)
    response = client.post(
        url(assessment, "assessment-issue"), {"language": "fr", f"signatory-{ann.pk}": "maybe"}
    )
    assert response.status_code == 422
    assert not Dossier.objects.exists()


def test_what_waits_for_me_is_listed(client, ann, dossier):
    signatory(dossier, ann)
    address = reverse("assessments:dossier-list", args=[dossier.organisation.slug])
    page = client.get(address).content.decode()
    assert "Waiting for your signature" in page
    assert url(dossier, "dossier-sign") in page


def test_the_page_shows_what_is_signed(client, ann, dossier):
    signatory(dossier, ann)
    page = client.get(url(dossier, "dossier-sign")).content.decode()
    assert all(part in page for part in (DIGEST, "I approve.", url(dossier, "dossier-draft")))
    draft = client.get(url(dossier, "dossier-draft"))
    assert b"".join(draft) == CONTENT
    assert "not sealed.pdf" in draft.headers["Content-Disposition"]


def test_nobody_signs_for_another(client, ann, assessment, dossier):
    signatory(dossier, member(assessment, Role.APPROVER))
    assert client.get(url(dossier, "dossier-sign")).status_code == 404
    assert client.post(url(dossier, "dossier-sign"), sent()).status_code == 404


def test_an_auditor_sees_nothing_of_it(client, assessment, dossier):
    client.force_login(member(assessment, Role.AUDITOR))
    assert client.get(url(dossier, "dossier-detail")).status_code == 404
    assert client.get(url(dossier, "dossier-draft")).status_code == 403
    assert client.get(url(dossier, "dossier-download")).status_code == 404


def test_a_signature_is_made_with_what_was_typed(client, ann, dossier, monkeypatch):
    asked = []
    monkeypatch.setattr(signing, "sign_personally", lambda row, **order: asked.append(order))
    row = signatory(dossier, ann)
    response = client.post(url(dossier, "dossier-sign"), sent(is_other_name="on"))

    assert response.headers["Location"] == url(dossier, "dossier-detail")
    assert asked == [
        {
            "actor": row.person,
            "password": PASSWORD,
            "key": b"key",
            "passphrase": "open",
            "sha256": DIGEST,
            "is_other_name": True,
        }
    ]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"password": "guessed"}, 422, "This is not your password. Nothing was signed."),
        ({"key": None}, 422, "This field is required"),
        ({"key": SimpleUploadedFile("key.pem", b"key")}, 422, "pem"),
        ({"key": SimpleUploadedFile("a.p12", b"k" * 300_000)}, 422, "too large to be a key"),
        ({}, 422, "The file cannot be opened"),
        ({"sha256": "0" * 64}, 409, "changed while you were reading"),
    ],
)
def test_what_is_refused_is_said_and_no_secret_comes_back(client, asked, changes, status, sentence):
    dossier = asked
    response = client.post(url(dossier, "dossier-sign"), sent(**changes))

    page = response.content.decode()
    assert response.status_code == status
    assert sentence in page
    assert f'value="{DIGEST}"' in page
    assert 'value="open"' not in page
    assert PASSWORD not in page


@pytest.mark.parametrize(
    ("refusal", "status"), [(KeyRefused("No."), 422), (CannotSign("Not now."), 409)]
)
def test_a_refusal_keeps_the_page(client, asked, monkeypatch, refusal, status):
    def refuse(*_args, **_order):
        raise refusal

    monkeypatch.setattr(signing, "sign_personally", refuse)
    response = client.post(url(asked, "dossier-sign"), sent())
    assert response.status_code == status
    assert str(refusal) in response.content.decode()


def test_who_declines_says_why(client, ann, dossier):
    row = signatory(dossier, ann)
    assert client.post(url(dossier, "dossier-decline"), {"reason": ""}).status_code == 422
    client.post(url(dossier, "dossier-decline"), {"reason": "Page 4 is wrong."})
    row.refresh_from_db()
    assert row.decline_reason == "Page 4 is wrong."
    again = client.post(url(dossier, "dossier-decline"), {"reason": "Again."})
    assert again.status_code == 409
    assert "You declined to sign it." in client.get(url(dossier, "dossier-sign")).content.decode()


def test_who_asked_goes_on_or_gives_up(client, assessment, dossier, queued):  # noqa: F811 -- the fixture
    client.force_login(member(assessment, Role.MANAGER))
    signatory(dossier, member(assessment, Role.APPROVER))
    page = client.get(url(dossier, "dossier-detail")).content.decode()
    assert all(url(dossier, step) in page for step in ("dossier-goon", "dossier-giveup"))

    client.post(url(dossier, "dossier-giveup"))
    dossier.refresh_from_db()
    assert (dossier.state, dossier.pending_file) == ("failed", "")
    response = client.post(url(dossier, "dossier-goon"), follow=True)
    assert "does not wait for signatures any more" in response.content.decode()


def test_an_approver_alone_does_not_sign_what_is_issued(client, ann, dossier):
    """The state decides, whatever page was left open."""
    row = signatory(dossier, ann)
    Dossier.objects.filter(pk=dossier.pk).update(state="queued")
    assert "does not wait" in client.get(url(dossier, "dossier-sign")).content.decode()
    assert client.post(url(dossier, "dossier-sign"), sent()).status_code == 409
    row.refresh_from_db()
    assert row.signed_at is None
