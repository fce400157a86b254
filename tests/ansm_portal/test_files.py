"""A name in the storage shows a whole file or nothing."""

import errno
import os

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile, File

from ansm_portal.files import WholeFileStorage


@pytest.fixture
def storage(tmp_path):
    return WholeFileStorage(
        location=tmp_path, file_permissions_mode=0o600, directory_permissions_mode=0o700
    )


class Breaking(File):
    """Gives a first piece, then fails as a full disk or a lost connection does."""

    def __init__(self, error):
        super().__init__(None, name="report.pdf")
        self.error = error

    def chunks(self, chunk_size=None):
        yield b"%PDF-1.7 the first piece"
        raise self.error


def files_below(path):
    return [found for found in path.rglob("*") if found.is_file()]


def test_what_was_saved_is_read_back(storage, tmp_path):
    name = storage.save("evidence/ab/report.pdf", ContentFile(b"content"))

    with storage.open(name) as file:
        assert file.read() == b"content"
    assert files_below(tmp_path) == [tmp_path / "evidence" / "ab" / "report.pdf"]


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_only_the_portal_reads_it(storage, tmp_path):
    storage.save("evidence/report.pdf", ContentFile(b"content"))

    assert (tmp_path / "evidence" / "report.pdf").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "evidence").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()], ids=repr)
def test_half_a_file_leaves_nothing(storage, tmp_path, error):
    with pytest.raises(type(error)):
        storage.save("evidence/report.pdf", Breaking(error))

    assert files_below(tmp_path) == []
    assert not storage.exists("evidence/report.pdf")


def test_the_name_appears_when_all_is_on_disk(storage, tmp_path):
    seen = []

    class Watching(ContentFile):
        def chunks(self, chunk_size=None):
            for piece in (b"first ", b"second"):
                seen.append((tmp_path / "report.pdf").exists())
                yield piece

    storage.save("report.pdf", Watching(b"", name="report.pdf"))

    assert seen == [False, False]
    assert (tmp_path / "report.pdf").read_bytes() == b"first second"


@pytest.mark.parametrize("name", ["../outside.pdf", "/etc/passwd", "a/../../outside.pdf"])
def test_nothing_is_written_outside(storage, tmp_path, name):
    with pytest.raises(SuspiciousOperation):
        storage.save(name, ContentFile(b"content"))
    assert files_below(tmp_path) == []
