"""The command that verifies a dossier, with the portal and by itself."""

import io
import json
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import call_command
from django.core.management.base import CommandError

from assessments.dossier import printing, standalone
from assessments.dossier.press import LOCALE, ROOT
from assessments.dossier.report import Verdict
from assessments.dossier.reporting import from_json, to_json
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from script.packaging import verifier

EARLIER = ROOT / "tests" / "data" / "dossier-3.pdf"


@pytest.fixture
def file(tmp_path, sealed):
    """Write the dossier of the sample, and the certificate to trust."""
    path = tmp_path / "dossier.pdf"
    path.write_bytes(sealed.content)
    path.with_suffix(".pem").write_bytes(sealed.certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def again(monkeypatch, sealed):
    """Print the sample without waiting for it."""
    monkeypatch.setattr(standalone, "_printed", lambda _snapshot: sealed.unsealed)
    monkeypatch.setattr(
        "assessments.management.commands.verify_dossier.printed", lambda _snapshot: sealed.unsealed
    )


def by_itself(capsys, *arguments):
    status = standalone.main([str(each) for each in arguments])
    return status, capsys.readouterr()


def of_the_portal(*arguments):
    out = io.StringIO()
    try:
        call_command("verify_dossier", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


@pytest.mark.usefixtures("again")
@pytest.mark.parametrize(("language", "said"), [("fr", "est intact"), ("en", "is intact")])
def test_both_say_the_same(capsys, file, language, said):
    arguments = (file, "--trust", file.with_suffix(".pem"), "--language", language)
    status, out = of_the_portal(*arguments)
    assert status == 0
    assert said in out.splitlines()[0]
    alone, captured = by_itself(capsys, *arguments)
    assert (alone, captured.out) == (0, out)


@pytest.mark.usefixtures("again")
def test_the_pages_are_compared_unless_told_not_to(capsys, file):
    arguments = (file, "--trust", file.with_suffix(".pem"), "--language", "en")
    assert "identical, byte for byte" in by_itself(capsys, *arguments)[1].out
    out = by_itself(capsys, *arguments, "--skip-text")[1].out
    assert "identical" not in out
    assert "not asked for (--skip-text)" in out


def test_the_exit_status_says_what_was_found(capsys, file):
    trust = ("--trust", file.with_suffix(".pem"), "--skip-text")
    altered, other = file.with_name("altered.pdf"), file.with_name("other.pdf")
    altered.write_bytes(file.read_bytes() + b"\n")
    other.write_bytes(b"%PDF-1.7")
    for run in (lambda *a: by_itself(capsys, *a)[0], lambda *a: of_the_portal(*a)[0]):
        assert run(altered, *trust) == 1
        assert run(other, *trust) == 2
        assert run(EARLIER, *trust) == 1, "sealed by somebody else"
    assert by_itself(capsys, file, "--quiet")[1].out.count("\n") == 1


def test_a_file_that_is_not_there_is_said(capsys, file):
    missing = file.with_name("missing.pdf")
    status, captured = by_itself(capsys, missing, "--language", "en")
    assert (status, captured.out) == (2, "")
    assert "missing.pdf cannot be read: No such file or directory." in captured.err
    assert by_itself(capsys, file, "--trust", file)[0] == 2, "no certificate"
    with pytest.raises(CommandError, match=r"missing\.pdf"):
        of_the_portal(missing)


def test_as_json_it_says_all_of_it(capsys, file, sealed):
    arguments = (file, "--trust", file.with_suffix(".pem"), "--skip-text", "--json")
    said = json.loads(by_itself(capsys, *arguments)[1].out)
    assert (said["verdict"], said["number"]) == ("INTACT", "D-2026-0001")
    report = verify(sealed.content, trust=Trust([sealed.certificate]))
    assert from_json(to_json(report)) == report


def test_without_what_prints_the_rest_is_verified(capsys, file, monkeypatch):
    monkeypatch.setitem(sys.modules, "assessments.dossier.render", None)
    monkeypatch.setattr(standalone, "_printed", printing.printed)
    monkeypatch.delattr("assessments.dossier.render", raising=False)
    trust = ("--trust", file.with_suffix(".pem"), "--language", "en")
    status, captured = by_itself(capsys, file, *trust)
    assert status == 0
    assert "what prints them is not installed here" in captured.out


def test_what_is_packed_runs_without_settings_and_environment(tmp_path):
    """Our files alone, away from the portal; the packages of others are those of the tests."""
    with zipfile.ZipFile(verifier.wheel(tmp_path)) as wheel:
        wheel.extractall(tmp_path)
    packages = [path for path in sys.path if "site-packages" in path]
    program = (
        f"import sys; sys.path[:0] = {[str(tmp_path), *packages]}\n"
        "from ansm_portal_verifier import main\nstatus = main()\n"
        f"assert not any('{ROOT}' in str(getattr(one, '__file__', '')) for one in "
        "sys.modules.values() if 'packages' not in str(getattr(one, '__file__', '')))\n"
        "assert 'ansm_portal.settings' not in sys.modules\n"
        "sys.exit(status)"
    )
    for language, said in (("fr", "est intact"), ("en", "is intact")):
        done = subprocess.run(
            [
                *(sys.executable, "-I", "-c", program, EARLIER),
                *("--trust", EARLIER.with_suffix(".pem"), "--language", language),
            ],
            env={},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stderr) == (int(Verdict.INTACT), "")
        assert said in done.stdout


def test_the_package_names_all_packages_that_it_imports():
    """Here all packages are installed: one that is not named would be missed elsewhere only."""
    program = (
        "import sys\nfrom assessments.dossier import standalone\nstandalone.main()\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, EARLIER, "--trust", EARLIER.with_suffix(".pem")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    packages = metadata.packages_distributions()
    imported = {name for module in done.stderr.split() for name in packages.get(module, ())}
    assert "pyHanko" in imported
    named = {one.name for one in verifier.closure([*verifier.NEEDS, *verifier.PAGES])}
    assert imported - named - {"setuptools"} == set()  # an environment loads that at its start


def test_packing_twice_gives_equal_bytes(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
    assert verifier.wheel(first).read_bytes() == verifier.wheel(second).read_bytes()
    names = verifier.ours().keys()
    assert "assessments/dossier/worker.py" in names
    assert not {"assessments/dossier/builder.py", "manage.py"} & names
    assert LOCALE.is_dir()


def test_what_the_file_brings_along_is_whole():
    """The packages that are asked for, theirs, and the extras they ask for."""
    names = {each.metadata["Name"].lower() for each in verifier.closure(["pyhanko", "weasyprint"])}
    assert {"pyhanko", "pyhanko-certvalidator", "asn1crypto", "weasyprint", "brotli"} <= names
    assert not {"pytest", "psycopg", "gunicorn"} & names
    assert not verifier.is_kept("django/contrib/admin/__init__.py")
    assert verifier.is_kept("django/conf/locale/fr/formats.py")
    assert Path(verifier.START).is_file()
