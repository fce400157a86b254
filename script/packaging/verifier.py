"""Packs the verifier: ``python -m script.packaging.verifier FOLDER``. Equal input, equal bytes.

What others wrote is taken from the environment that runs this, which was installed from the lock
file with its digests: nothing is downloaded.
"""

from __future__ import annotations

import base64
import hashlib
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import IO, Final

from assessments.dossier.press import LOCALE, ROOT, files
from packaging.requirements import Requirement

NAME: Final = "ansm-portal-verifier"
NEEDS: Final = ("pyhanko", "rfc8785", "cryptography", "asn1crypto", "defusedxml")
PAGES: Final = ("weasyprint", "Django", "segno", "markdown-it-py", "nh3", "fonttools")
BESIDE: Final = ("assessments/__init__.py", "ansm_portal/__init__.py", "ansm_portal/errors.py")
# Needed neither to verify nor to print: the site of Django, and its other languages.
_LEFT_OUT: Final = ("django/contrib/", "django/conf/locale/")
_KEPT: Final = tuple(f"django/conf/locale/{name}" for name in ("__init__.py", "fr/", "en/"))
_DAY: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip can name
START: Final = Path(__file__).with_name("start.py")
_WHEEL: Final = b"""\
Wheel-Version: 1.0
Generator: ansm-portal
Root-Is-Purelib: true
Tag: py3-none-any
"""
_ENTRY: Final = b"""\
import sys
from pathlib import Path


def main():
    sys.path.insert(0, str(Path(__file__).with_name("site")))
    from assessments.dossier.standalone import main

    return main()
"""


def main() -> None:
    """Write both packages and their digests to the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    written = [single_file(folder), wheel(folder)]
    sums = [f"{_sha256(file.read_bytes())}  {file.name}\n" for file in written]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    for file in written:
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


def ours() -> dict[str, bytes]:
    """Return our files, by the name they have below the root."""
    catalogues = sorted(LOCALE.glob("*/LC_MESSAGES/django.mo"))
    if not catalogues:
        sys.exit("The translations are not compiled: manage.py compilemessages")
    found = [*files(), *(ROOT / name for name in BESIDE), *catalogues]
    return {file.relative_to(ROOT).as_posix(): file.read_bytes() for file in found}


def theirs() -> dict[str, bytes]:
    """Return the files of the packages that ours need, for this platform."""
    return {
        file.as_posix(): Path(str(distribution.locate_file(file))).read_bytes()
        for distribution in closure([*NEEDS, *PAGES])
        for file in distribution.files or ()
        if is_kept(file.as_posix())
    }


def is_kept(name: str) -> bool:
    if name.startswith("..") or name.endswith(".pyc") or "/tests/" in name:
        return False
    return name.startswith(_KEPT) or not name.startswith(_LEFT_OUT)


def closure(names: Iterable[str]) -> Iterator[metadata.Distribution]:
    """Yield the packages of these names and all that they need, each once."""
    waiting, seen = [Requirement(name) for name in names], set[str]()
    while waiting:
        wanted = waiting.pop()
        distribution = metadata.distribution(wanted.name)
        if wanted.name.lower() not in seen:
            yield distribution
        elif wanted.extras <= seen:
            continue
        seen |= {wanted.name.lower(), *wanted.extras}
        for needed in map(Requirement, distribution.requires or ()):
            extras = wanted.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)


def single_file(folder: Path) -> Path:
    content = {**theirs(), **ours()}
    listed = "".join(f"{_sha256(content[name])} {name}\n" for name in sorted(content))
    python = f"{sys.version_info[0]}.{sys.version_info[1]}-{sys.platform}"
    start = START.read_text(encoding="utf-8")
    start = start.replace("{python}", python).replace("{digest}", _sha256(listed.encode()))
    target = folder / "ansm-verify.pyz"
    with target.open("w+b") as file:
        file.write(b"#!/usr/bin/env python3\n")
        _pack(file, {**content, "__main__.py": start.encode()})
    target.chmod(0o755)
    return target


def wheel(folder: Path) -> Path:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version, stem = project["version"], NAME.replace("-", "_")
    beside = f"{stem}-{version}.dist-info"
    head = [
        "Metadata-Version: 2.1",
        f"Name: {NAME}",
        f"Version: {version}",
        "Summary: Verifies sealed dossiers of the ANSM portal, offline.",
        f"License: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {_pinned(name)}" for name in NEEDS),
        "Provides-Extra: pages",
        *(f"Requires-Dist: {_pinned(name)}; extra == 'pages'" for name in PAGES),
    ]
    entry = f"[console_scripts]\nansm-verify = {stem}:main\n"
    content = {f"{stem}/site/{name}": file for name, file in ours().items()} | {
        f"{stem}/__init__.py": _ENTRY,
        f"{beside}/METADATA": ("\n".join(head) + "\n").encode(),
        f"{beside}/WHEEL": _WHEEL,
        f"{beside}/entry_points.txt": entry.encode(),
    }
    content[f"{beside}/RECORD"] = _record(content, f"{beside}/RECORD")
    target = folder / f"{stem}-{version}-py3-none-any.whl"
    with target.open("w+b") as file:
        _pack(file, content)
    return target


def _pinned(name: str) -> str:
    return f"{name}=={metadata.version(name)}"


def _record(content: Mapping[str, bytes], own_name: str) -> bytes:
    lines = []
    for name in sorted(content):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content[name]).digest()).rstrip(b"=")
        lines.append(f"{name},sha256={digest.decode()},{len(content[name])}\n")
    return ("".join(lines) + f"{own_name},,\n").encode()


def _pack(file: IO[bytes], content: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[name])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
