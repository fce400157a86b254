"""Each check on an assessment that it finds something in, and on one that it does not."""

import datetime as dt

import pytest

from assessments.catalogue.schema import Invalid
from assessments.enums import FindingOutcome
from assessments.nonconformities.facts import Facts, Piece, Reply, names
from assessments.nonconformities.judging import RULES, judge
from assessments.nonconformities.rows import FILE, RULE_NAMES, parse, rows

DAY = dt.date(2026, 11, 25)
CHECKS = {check.key: check for check in rows().checks}


def piece(title, **fields):
    return Piece(label="EV-0001", title=title, **{"revision": "A", **fields})


def reply(code, text="", *pieces, verdict="followed", phase="design", **fields):
    return Reply(
        f"ANSM-{code}",
        phase,
        is_applicable=True,
        verdict=verdict,
        justification=text,
        pieces=pieces,
        **fields,
    )


def facts(*replies, profile=("hardware",)):
    return Facts(
        on=DAY,
        version="3.2.0",
        other_versions=frozenset({"3.1.0"}),
        facts=frozenset(profile),
        replies={each.code: each for each in replies},
    )


REPORT = piece("Rapport")
SBOM = piece("Nomenclature logicielle 3.2.0")
# key: an assessment that shows it, and one that does not.
CASES = {
    "threat-model-missing": (
        reply("CON-04", "Une liste de biens."),
        reply("CON-04", "Chaque bien", piece("Modèle de MENACES")),
    ),
    "threat-model-software-only": (
        reply("CON-07", "Menaces sur le logiciel."),
        reply("CON-07", "Menaces sur le logiciel et le port série."),
    ),
    "probability-instead-of-exploitability": (
        reply("CON-08", "Gravité × probabilité."),
        reply("CON-08", "Gravité × probabilité, puis CVSS."),
    ),
    "tailoring-not-recorded": (
        reply("CON-03", "La procédure PR-07."),
        reply("CON-03", "La note d’adaptation à l’IEC 81001-5-1."),
    ),
    "penetration-test-not-independent": (
        reply("DEV-05", "Nous avons testé."),
        reply("DEV-05", "Testé par un laboratoire indépendant."),
    ),
    "penetration-test-partial": (
        reply("DEV-05", "", piece("Penetration test summary")),
        reply("DEV-05", "Toutes les interfaces.", piece("Penetration test summary")),
    ),
    "penetration-test-without-remediation": (
        reply("DEV-05", "Trois constats."),
        reply("DEV-05", "Trois constats.", has_action=True),
    ),
    "delegated-to-the-instructions": (
        reply("CON-33", "La notice demande un pare-feu."),
        reply("CON-33", "La notice en parle.", piece("Rapport d’essais du filtrage")),
    ),
    "residual-risks-not-in-the-instructions": (
        reply("CON-08", "Le risque est accepté."),
        reply("CON-08", "Le risque est exposé dans la notice."),
    ),
    "sbom-missing": (reply("DEV-10", "Tenue.", REPORT), reply("DEV-10", "Tenue.", SBOM)),
    "sbom-top-level-only": (
        reply("DEV-10", "", piece("SBOM (extrait)")),
        reply("DEV-10", "", SBOM),
    ),
    "sbom-of-another-version": (
        reply("DEV-10", "", piece("SBOM 3.1.0")),
        reply("DEV-10", "", SBOM, piece("Historique 3.1.0")),
    ),
    "disclosure-process-missing": (
        reply("SUR-02", "À venir.", verdict="not_followed"),
        reply("SUR-02", "", REPORT),
    ),
    "surveillance-without-cybersecurity": (reply("SUR-07"), reply("SUR-07", "", REPORT)),
    "safety-impact-not-analysed": (
        reply("CON-06", "Analysé."),
        reply("CON-06", "Selon l’ISO 14971, 7.5."),
    ),
    "documentation-incomplete": (reply("CON-01", "Fait."), reply("CON-01", "Fait.", REPORT)),
    "documentation-not-findable": (
        reply("CON-01", "", piece("Rapport", expires_on=DAY - dt.timedelta(days=1))),
        reply("CON-01", "", piece("Rapport", expires_on=DAY)),
    ),
    "versions-do-not-match": (
        reply("CON-01", "", piece("Analyse 3.1.0")),
        reply("CON-01", "", piece("Analyse 3.1.0 et 3.2.0")),
    ),
}


def test_there_is_a_case_for_each_check_and_a_rule():
    assert CASES.keys() == CHECKS.keys()
    assert RULES.keys() == RULE_NAMES == {check.check for check in CHECKS.values()}


@pytest.mark.parametrize("key", CASES)
def test_a_check_finds_what_it_looks_for_and_nothing_else(key):
    wrong, right = CASES[key]
    found = judge(facts(wrong), CHECKS[key])
    assert (found.outcome, found.codes) == (FindingOutcome.FOUND, (wrong.code,))
    assert found.reason
    assert judge(facts(right), CHECKS[key]).outcome == FindingOutcome.PASSED


@pytest.mark.parametrize("key", CASES)
def test_what_is_not_written_yet_is_not_judged(key):
    judged = judge(facts(reply(CASES[key][0].code[5:], verdict="not_assessed")), CHECKS[key])
    assert judged.outcome == FindingOutcome.NOT_JUDGED
    assert judged.reason


@pytest.mark.parametrize("key", [key for key, check in CHECKS.items() if check.codes])
def test_another_catalogue_is_not_concerned(key):
    other = Reply("REC-1", "design", is_applicable=True, verdict="followed", justification="")
    assert judge(facts(other), CHECKS[key]).outcome == FindingOutcome.NOT_CONCERNED


def test_a_profile_without_hardware_has_no_ports_to_forget():
    wrong, _right = CASES["threat-model-software-only"]
    check = CHECKS["threat-model-software-only"]
    assert judge(facts(wrong, profile=()), check).outcome == FindingOutcome.NOT_CONCERNED


@pytest.mark.parametrize(
    "wrong",
    [
        piece("Rapport", is_superseded=True),
        piece("Rapport", revision=""),
    ],
)
def test_superseded_and_undated_documents_are_not_findable(wrong):
    check = CHECKS["documentation-not-findable"]
    assert judge(facts(reply("CON-01", "", wrong)), check).outcome == FindingOutcome.FOUND


def test_evidence_without_any_version_is_for_a_person_to_compare():
    judged = judge(facts(reply("CON-01", "", REPORT)), CHECKS["versions-do-not-match"])
    assert judged.outcome == FindingOutcome.NOT_JUDGED
    assert "by hand" in judged.reason


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("sbom 3.2.0", True),
        ("sbom-v3.2.0.json", True),
        ("sbom 3.2.0.1", False),
        ("sbom 13.2.0", False),
        ("sbom 3.2.01", False),
        ("sbom", False),
    ],
)
def test_a_version_is_named_whole(text, is_named):
    assert names(text, "3.2.0") is is_named


def test_a_bad_file_is_told_with_line_entry_and_reason():
    content = FILE.read_text().replace("severity: observation", "severity: grave")
    with pytest.raises(Invalid, match="documentation-not-findable: severity: “grave” is not one"):
        parse(content.encode())
