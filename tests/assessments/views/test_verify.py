"""The page where anybody verifies a dossier."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_attempts():
    cache.clear()


def send(client, content=b"%PDF-1.7 no dossier"):
    return client.post(reverse("verify"), {"file": SimpleUploadedFile("d.pdf", content)})


def test_nobody_has_to_sign_in(client):
    assert client.get(reverse("verify")).status_code == 200
    response = send(client)

    assert response.status_code == 200
    assert "Ce fichier n’est pas un dossier de ce portail." in response.content.decode()


def test_without_a_file_it_says_so(client):
    assert client.post(reverse("verify")).status_code == 422


def test_an_address_that_sends_many_files_waits(client):
    answered = [send(client).status_code for _ in range(11)]

    assert answered == [*[200] * 10, 429]


def test_what_was_sent_is_not_kept(client, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    send(client, b"x" * (settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1))

    assert list(tmp_path.iterdir()) == []
