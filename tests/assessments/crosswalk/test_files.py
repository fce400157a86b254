"""The files that come with the portal."""

from assessments.catalogue.crosswalk_file import parse, parse_frameworks
from assessments.management.commands.load_crosswalk import DATA


def test_both_files_are_good_and_name_places_that_exist():
    frameworks = parse_frameworks((DATA / "frameworks.yaml").read_bytes())
    files = parse((DATA / "crosswalk.yaml").read_bytes(), frameworks=frameworks)

    assert (len(files.frameworks), len(files.controls)) == (31, 60)
    assert sum(map(len, files.places.values())) == 752
    questionnaire = next(each for each in frameworks if each["key"] == "ig-nb-cyber")
    assert len(questionnaire["requirements"]) == 18
