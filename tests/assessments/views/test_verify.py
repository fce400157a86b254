"""The page where anybody verifies a dossier."""

import datetime as dt
import hashlib
import io

import pikepdf
import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.dossier.apart import Bounds, TooCostly, verify_apart
from assessments.dossier.pdf import Rendering
from assessments.dossier.snapshot import digest, to_canonical_json
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from assessments.services import verification
from tests.assessments.dossier import conftest
from tests.assessments.views.test_dossier import dossier_of
from tests.factories import AssessmentFactory, CatalogueFactory

identity, sealed = conftest.identity, conftest.sealed  # fixtures of theirs
pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "verdict"}
DAY = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def no_attempts():
    cache.clear()


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Verify in this process: a test of its own is about the other."""
    monkeypatch.setattr(
        verification, "verify_apart", lambda file, trust: verify(_from_start(file), trust=trust)
    )


def _from_start(file):
    file.seek(0)
    return file.read()


@pytest.fixture
def trusting(monkeypatch, sealed):
    """Let the portal trust the seal of the sample."""
    monkeypatch.setattr(verification, "trusted", lambda: Trust([sealed.certificate]))


@pytest.fixture
def register(trusting, sealed):
    """Issue the sample; what is said of it is in English."""
    assessment = AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 1}))
    path = f"dossiers/{assessment.pk}.pdf"
    default_storage.save(path, ContentFile(sealed.content))

    def issue(serial=1, **fields):
        issued = {
            "state": "issued",
            "issued_at": DAY,
            "file": path,
            "file_sha256": hashlib.sha256(sealed.content).hexdigest(),
            "size_bytes": len(sealed.content),
            "snapshot": "{}",
            "snapshot_sha256": digest(to_canonical_json(sealed.snapshot)),
        }
        return dossier_of(assessment, serial, **issued | fields)

    issue.content = sealed.content
    return issue


def send(client, content=b"%PDF-1.7 no dossier", name="verify", **extra):
    client.cookies["django_language"] = "en"
    fields = {key: extra.pop(key) for key in list(extra) if key.islower()}
    return client.post(
        reverse(name), {"file": SimpleUploadedFile("d.pdf", content)} | fields, **extra
    )


def verdict(response):
    page = response.content.decode()
    start = page.index('<p class="note fs-5')
    return page[start : page.index("</p>", start)]


def test_nobody_has_to_sign_in(client):
    assert client.get(reverse("verify")).status_code == 200
    response = client.post(
        reverse("verify"), {"file": SimpleUploadedFile("d.pdf", b"%PDF-1.7 no dossier")}
    )

    assert response.status_code == 200
    assert "Ce fichier n’est pas un dossier de ce portail." in response.content.decode()


def test_without_a_file_it_says_so(client):
    assert client.post(reverse("verify")).status_code == 422


def test_an_address_that_sends_many_files_waits(client):
    answered = [send(client, b"").status_code for _ in range(11)]

    assert answered == [*[422] * 10, 429]
    assert send(client, b"", **HTMX).status_code == 429


def test_what_was_sent_is_not_kept(client, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    send(client, b"x" * (settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1))

    assert list(tmp_path.iterdir()) == []


def encrypted():
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 a workbook", "This file is no PDF."),
        (b"", "The submitted file is empty."),
        (encrypted(), "This PDF is encrypted; a dossier never is."),
    ],
)
def test_what_cannot_be_verified_is_refused_with_a_sentence(client, content, said):
    for extra in ({}, HTMX):
        response = send(client, content, **extra)
        assert response.status_code == 422
        assert said in response.content.decode()


def test_a_file_that_is_too_large_is_refused(client, monkeypatch):
    monkeypatch.setattr(verification, "MAX_BYTES", 10)
    response = send(client)

    assert response.status_code == 422
    assert "too large to be a dossier" in response.content.decode()


def test_a_file_that_takes_too_much_is_refused(client, monkeypatch):
    def costly(*_, **__):
        raise TooCostly

    monkeypatch.setattr(verification, "verify_apart", costly)
    response = send(client)

    assert response.status_code == 422
    assert "more time or memory to read than any dossier" in response.content.decode()


def test_verifying_apart_keeps_to_its_bounds(sealed):
    file, trust = io.BytesIO(sealed.content), Trust([sealed.certificate])

    assert verify_apart(file, trust=trust).number == "D-2026-0001"
    with pytest.raises(TooCostly):
        verify_apart(file, trust=trust, bounds=Bounds(memory_bytes=16 * 1024**2, file_times=0))


def test_the_code_on_the_cover_leads_to_a_greeting(client):
    client.cookies["django_language"] = "en"
    page = client.get(reverse("verify"), {"number": "D-2026-0001"}).content.decode()
    assert "You came from dossier D-2026-0001." in page

    page = client.get(reverse("verify"), {"number": "D-1 <b>call us</b>"}).content.decode()
    assert "You came from" not in page
    assert "call us" not in page


@pytest.mark.parametrize(
    ("fields", "tone", "said"),
    [
        ({}, "good", "D-2026-0001 is intact, issued by this portal on 2 March 2026, and current"),
        (
            {"state": "withdrawn", "withdrawn_at": DAY, "withdrawal_reason": "A secret mistake."},
            "bad",
            "is intact, but it was withdrawn on 2 March 2026: it no longer counts",
        ),
        (
            {"file_sha256": "2" * 64},
            "warn",
            "this is not the file that this portal issued under the number",
        ),
    ],
)
def test_the_register_is_asked(client, register, *, fields, tone, said):
    dossier = register(**fields)
    response = send(client, register.content)

    assert said in verdict(response)
    assert f"note-{tone}" in verdict(response)
    page = response.content.decode()
    assert "only its portal knows" not in page
    assert "secret" not in page, "the reason is for those who may see the dossier"
    organisation = dossier.organisation
    assert organisation.name not in page
    assert organisation.slug not in page


def test_a_later_dossier_is_named_by_its_number_and_day(client, register, sealed):
    later = register(2, file_sha256="3" * 64, snapshot_sha256="3" * 64)
    register(state="superseded", superseded_by=later)

    assert "but D-2026-0002 of 2 March 2026 supersedes it" in verdict(send(client, sealed.content))


@pytest.mark.usefixtures("trusting")
def test_what_is_not_in_the_register_is_said_not_to_be(client, sealed):
    response = send(client, sealed.content)

    assert "the register of this portal does not know it" in verdict(response)
    assert "note-warn" in verdict(response)


def test_a_failed_dossier_is_not_in_the_register(client, register, sealed):
    register(state="failed", failure="The disk is full.", issued_at=None, file="", file_sha256="")

    assert "does not know it" in verdict(send(client, sealed.content))


def test_of_an_altered_file_the_register_may_know_the_record(client, register, sealed):
    register()
    page = sealed.content.index(b"stream\n") + 20
    altered = sealed.content[:page] + b"\0" + sealed.content[page + 1 :]
    response = send(client, altered)

    assert "was altered" in verdict(response)
    assert "is that of dossier D-2026-0001, issued by this portal" in response.content.decode()


@pytest.fixture
def printed(monkeypatch, sealed):
    """Print the sample without waiting for it, and count how often."""
    asked = []

    def render(snapshot, limits):
        asked.append(snapshot)
        return Rendering(sealed.unsealed, 20)

    monkeypatch.setattr("assessments.dossier.render.render", render)
    return asked


def test_the_pages_are_a_second_step(client, register, sealed, printed):
    register()
    first = send(client, sealed.content, **HTMX).content.decode()
    assert "is intact" in first
    assert f'hx-post="{reverse("verify-pages")}" hx-trigger="load"' in first
    assert "<html" not in first
    assert printed == []

    second = send(client, sealed.content, "verify-pages", **HTMX).content.decode()
    assert "pages are identical, byte for byte, up to the seal" in second
    assert "hx-trigger" not in second
    assert printed == [sealed.snapshot]


def test_without_scripts_both_steps_are_one_request(client, register, sealed, printed):
    register()
    page = send(client, sealed.content).content.decode()
    assert "choose the file again below" in page
    page = send(client, sealed.content, pages="yes").content.decode()
    assert "pages are identical" in page
    assert "choose the file again below" not in page


def test_nothing_is_printed_that_bears_no_trusted_seal(client, sealed, printed):
    response = send(client, sealed.content, "verify-pages")

    assert "note-bad" in verdict(response)
    assert printed == []


def test_only_so_many_are_printed_at_once(client, register, sealed, printed, settings):
    register()
    cache.add("verify-pages-0", "taken")
    page = send(client, sealed.content, "verify-pages", **HTMX).content.decode()
    assert "this one waits its turn" in page
    assert 'hx-trigger="load delay:4s"' in page
    assert printed == []

    settings.VERIFY_PAGES_AT_ONCE = 2
    assert "identical" in send(client, sealed.content, "verify-pages", **HTMX).content.decode()
    assert "identical" in send(client, sealed.content, "verify-pages", **HTMX).content.decode()


def test_what_cannot_be_printed_is_said_not_to_be_compared(client, register, sealed, monkeypatch):
    register()
    monkeypatch.setattr(verification, "PRINTING", verification.Limits(seconds=0))
    response = send(client, sealed.content, "verify-pages")

    assert "note-good" in verdict(response)
    assert "The pages were not compared with the record: The document was not ready" in (
        response.content.decode()
    )
