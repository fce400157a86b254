"""Where ansm-verify.pyz starts: unpacks itself once, as no library can be loaded from a zip."""

import atexit
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

PYTHON = "{python}"
DIGEST = "{digest}"


def unpacked(archive: Path) -> Path:
    """Return the folder with what is in the archive; the same archive is unpacked once."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 -- without a home, too
    place = Path(cache) / "ansm-verify" / DIGEST
    if place.is_dir():
        return place
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=place.parent))
    except OSError:
        place = scratch = Path(tempfile.mkdtemp(prefix="ansm-verify-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(scratch)
    if scratch != place:
        try:
            scratch.rename(place)  # whole, or not at all
        except OSError:  # another was faster
            shutil.rmtree(scratch, ignore_errors=True)
    return place


def start() -> int:
    """Verify what the command line names."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}-{sys.platform}"
    if python != PYTHON:
        sys.exit(f"This file was packed for Python {PYTHON}: use the wheel, or pack it here.")
    sys.path.insert(0, str(unpacked(Path(__file__).parent)))
    from assessments.dossier.standalone import main  # noqa: PLC0415 -- it was unpacked just now

    return main()


if __name__ == "__main__":
    sys.exit(start())
