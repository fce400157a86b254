"""Editions from and to files, from the shell."""

import pytest
from django.core.management import CommandError, call_command

from assessments.catalogue.edition import Edition
from assessments.catalogue.schema import parse
from assessments.enums import CatalogueState
from assessments.models import Catalogue
from assessments.services.catalogue import load
from tests.assessments.catalogue.conftest import changed
from tests.assessments.catalogue.formats.test_foreign import catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def published():
    return load(parse(changed())).catalogue


@pytest.mark.parametrize("name", ["yaml", "xlsx", "oscal"])
def test_an_edition_goes_out_and_comes_in_under_another_name(published, tmp_path, capsys, name):
    file = tmp_path / "edition"

    call_command("export_catalogue", "SMALL 1.0", "--format", name, "--output", str(file))
    call_command("import_catalogue", str(file), "--edition", "2.0")

    told = capsys.readouterr().out
    assert "Compared with SMALL 1.0: 1 differences" in told
    assert "SMALL 2.0 is there as a draft." in told
    draft = Catalogue.objects.get(edition="2.0")
    assert draft.state == CatalogueState.DRAFT
    said = Edition.of(draft).content()
    assert said | {"edition": "1.0"} == Edition.of(published).content()


def test_a_dry_run_writes_nothing(published, catalogue_file, capsys):
    file = catalogue_file(("'1.0'", "'2.0'"), ("id: R-2", "id: R-3"))

    call_command("import_catalogue", str(file), "--dry-run")

    told = capsys.readouterr().out
    assert "added recommendations R-3: Choose the language" in told
    assert "removed recommendations R-2: Choose the language" in told
    assert "Nothing was written." in told
    assert Catalogue.objects.count() == 1


def test_a_catalog_of_others_takes_what_is_chosen(tmp_path, capsys):
    file = tmp_path / "controls.json"
    file.write_bytes(catalog())

    call_command(
        *("import_catalogue", str(file), "--key", "C", "--phase", "design"),
        *("--phase-of", "ac-inner=development", "--stakeholders", "manufacturer"),
    )

    told = capsys.readouterr().out
    assert "C 2.0: 3 recommendations in 2 sections" in told
    assert "gaps to fill before it can be published:" in told
    entries = Catalogue.objects.get().recommendations
    assert dict(entries.values_list("code", "phase")) == {
        "AC-1": "design",
        "AC-1(1)": "design",
        "ac-9": "development",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import_catalogue", "FILE", "--phase-of", "ac=birth"], "“birth” is not one of"),
        (["import_catalogue", "FILE", "--base", "none"], "No edition is called “none”"),
        (["import_catalogue", "/nowhere"], "cannot be read"),
        (["import_catalogue", "FILE", "--format", "oscal"], "This is not JSON"),
        (
            ["import_catalogue", "BAD"],
            r"line \d+, R-1: title_fr: the text|line \d+, R-1: id stands",
        ),
        (["export_catalogue", "none", "--output", "FILE"], "There are: “SMALL 1.0”"),
        (["export_catalogue", "1.0", "--output", "/nowhere/file"], "cannot be written"),
    ],
)
def test_what_is_wrong_is_said(published, catalogue_file, tmp_path, arguments, said):
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(changed(("id: R-2", "id: R-1")))
    files = {"FILE": str(catalogue_file(("'1.0'", "'2.0'"))), "BAD": str(bad)}

    with pytest.raises(CommandError, match=said):
        call_command(*(files.get(each, each) for each in arguments))

    assert Catalogue.objects.count() == 1
