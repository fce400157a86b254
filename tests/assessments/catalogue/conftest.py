from pathlib import Path

import pytest
from django.utils import translation

SMALL = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")


def changed(*replacements):
    """Return the small catalogue, as bytes, with texts that stand in it once replaced."""
    content = SMALL
    for old, new in replacements:
        assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times"
        content = content.replace(old, new)
    return content.encode()


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def catalogue_file(tmp_path):
    """Write the small catalogue, changed, to a file."""

    def write(*replacements):
        path = tmp_path / "catalogue.yaml"
        path.write_bytes(changed(*replacements))
        return path

    return write
