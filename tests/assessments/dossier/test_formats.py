"""The record in formats of other people: valid against their schemas, and saying the same."""

import base64
import json
import re
from dataclasses import replace
from functools import cache

import jsonschema_rs
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from assessments.dossier.formats import files, schema
from assessments.dossier.formats.oscal_parts import token
from assessments.dossier.snapshot import SNAPSHOT_NAME, digest, to_canonical_json
from tests.assessments.dossier import samples

SCHEMAS = settings.BASE_DIR / "tests" / "data" / "schemas"
PUBLISHED = settings.BASE_DIR / "static" / "schemas"
OSCAL = "oscal-assessment-results.json"
CYCLONEDX = "cyclonedx-attestations.json"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MANIFEST = "evidence-manifest.json"


def read(name):
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@cache
def judge(name):
    """Return the validator of a file: formats are checked too, and nothing is fetched."""
    if name == SNAPSHOT_NAME:
        return jsonschema_rs.validator_for(schema.schema(), validate_formats=True)
    if name == OSCAL:
        theirs = read("oscal-1.2.1-assessment-results.schema.json")
        return jsonschema_rs.validator_for(theirs, validate_formats=True)
    parts = {"spdx": "spdx.schema.json", "jsf-0.82": "jsf-0.82.schema.json"}
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{part}.SNAPSHOT.schema.json", read(name))
            for part, name in parts.items()
        ]
    )
    return jsonschema_rs.validator_for(
        read("bom-1.6.schema.json"), registry=registry, validate_formats=True
    )


def derived(snapshot):
    sha256 = digest(to_canonical_json(snapshot))
    return {
        name: json.loads(content) for name, _description, content in files.derived(snapshot, sha256)
    }


def faults(name, document):
    return [str(error) for error in judge(name).iter_errors(document)]


@pytest.fixture(params=["fr", "en"])
def snapshot(request):
    return samples.snapshot(language=request.param)


def test_the_record_is_valid_against_its_published_schema(snapshot):
    assert faults(SNAPSHOT_NAME, json.loads(to_canonical_json(snapshot))) == []


@pytest.mark.parametrize("name", [OSCAL, CYCLONEDX])
def test_what_follows_is_valid_against_the_schemas_of_those_who_read_it(snapshot, name):
    assert faults(name, derived(snapshot)[name]) == []
    assert faults(name, derived(replace(snapshot, own_requirements=OWN))[name]) == []


OWN = (
    samples.own_requirements("followed", "partly_followed", "not_followed", "not_assessed"),
    replace(samples.own_requirements("followed", is_applicable=False), edition="2026.2"),
)


def test_own_requirements_are_results_and_standards_apart(snapshot):
    told = derived(replace(snapshot, own_requirements=OWN))

    first, second, third = told[OSCAL]["assessment-results"]["results"]
    assert first == derived(snapshot)[OSCAL]["assessment-results"]["results"][0] | {
        name: first[name] for name in ("uuid", "observations", "findings", "attestations")
    }  # but for the keys, which follow from the record
    assert [
        (one["target"]["target-id"], one["target"]["status"]["state"]) for one in second["findings"]
    ] == [("INT_1", "satisfied"), ("INT_2", "not-satisfied"), ("INT_3", "not-satisfied")]
    assert len(second["reviewed-controls"]["control-selections"][0]["include-controls"]) == 4
    assert "findings" not in third
    declared = told[CYCLONEDX]["declarations"]
    assert [one["owner"] for one in told[CYCLONEDX]["definitions"]["standards"]] == [
        snapshot.catalogue.issuer,
        *[snapshot.organisation.name] * 2,
    ]
    assert [one["conformance"]["score"] for one in declared["attestations"][1]["map"]] == [
        1,
        0.5,
        0,
    ]
    cited = {each["number"]: each["cited_by"] for each in told[MANIFEST]["evidence"]}
    assert "INT 1" in cited["EV-0001"]


def test_without_own_requirements_nothing_in_the_formats_speaks_of_them(snapshot):
    assert "own" not in re.findall(r"\bown\b", json.dumps(derived(snapshot)[OSCAL]))
    assert "own:" not in json.dumps(derived(snapshot)[CYCLONEDX])


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        (SNAPSHOT_NAME, ("number",), 7),
        (SNAPSHOT_NAME, ("unknown",), "x"),
        (SNAPSHOT_NAME, ("journal", "hash"), "not a digest"),
        (OSCAL, ("assessment-results", "uuid"), "not a key"),
        (OSCAL, ("assessment-results", "metadata", "oscal-version"), ""),
        (CYCLONEDX, ("declarations", "unknown"), 1),
        (CYCLONEDX, ("serialNumber",), "7"),
    ],
)
def test_the_validators_find_faults(name, path, value):
    document = derived(samples.snapshot()) | {
        SNAPSHOT_NAME: json.loads(to_canonical_json(samples.snapshot()))
    }
    inside = document[name]
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    assert faults(name, document[name])


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30), name=st.text(max_size=9)
)
@trying(max_examples=40)
def test_whatever_people_write_stays_valid(text, name):
    snapshot = samples.snapshot(
        own_requirements=(samples.own_requirements(justification=text, accepted_by=name),),
        organisation=replace(samples.snapshot().organisation, name=text, srn=name),
        evidence=(
            samples.evidence(title=text, file_name=name, reference=text),
            samples.evidence("EV-0002", kind="link", sha256="", url="https://exemple.fr/é?à=1 2"),
        ),
        phases=(
            samples.phase(
                entries=(
                    samples.entry(
                        justification=text, answered_by=name, authors=(name,), accepted_by=text
                    ),
                )
            ),
        ),
    )
    for each, document in derived(snapshot).items():
        if each != MANIFEST:
            assert faults(each, document) == []


def entries(**verdicts):
    """Return a snapshot with an entry of each verdict; one does not apply."""
    shown = [
        samples.entry(f"A-{n}", verdict=verdict)
        for n, verdict in enumerate(
            ["followed", "adapted", "partly_followed", "not_followed", "not_assessed"], start=1
        )
    ]
    out = samples.entry(
        "A-6", applicability=samples.applies(is_applicable=False, missing_facts=("wireless",))
    )
    return samples.snapshot(phases=(samples.phase(entries=(*shown, out)),))


def test_oscal_says_satisfied_where_a_recommendation_is_followed():
    [result] = derived(entries())[OSCAL]["assessment-results"]["results"]
    states = {
        finding["target"]["target-id"]: finding["target"]["status"]["state"]
        for finding in result["findings"]
    }
    assert states == {
        "A-1": "satisfied",
        "A-2": "satisfied",
        "A-3": "not-satisfied",
        "A-4": "not-satisfied",
    }
    [selection] = result["reviewed-controls"]["control-selections"]
    assert [one["control-id"] for one in selection["include-controls"]] == [
        f"A-{n}" for n in range(1, 6)
    ]
    assert selection["exclude-controls"] == [{"control-id": "A-6"}]


def test_oscal_links_each_observation_to_its_evidence_by_digest():
    document = derived(samples.snapshot())[OSCAL]["assessment-results"]
    resources = {f"#{one['uuid']}": one for one in document["back-matter"]["resources"]}
    hrefs = [
        evidence["href"]
        for observation in document["results"][0]["observations"]
        for evidence in observation.get("relevant-evidence", ())
    ]
    assert hrefs
    assert {
        hash_["value"]
        for href in hrefs
        for link in resources[href].get("rlinks", ())
        for hash_ in link.get("hashes", ())
    } <= {piece.sha256 for piece in samples.snapshot().evidence}
    assert document["import-ap"]["href"] in resources


@pytest.mark.parametrize(
    ("code", "written"), [("ANSM-CON-01", "ANSM-CON-01"), ("7.1 (b)", "_7.1__b_"), ("é", "é")]
)
def test_codes_are_written_as_oscal_writes_keys(code, written):
    assert token(code) == written
    pattern = read("oscal-1.2.1-assessment-results.schema.json")["definitions"]["TokenDatatype"]
    assert jsonschema_rs.is_valid(pattern, written)


def test_cyclonedx_scores_what_is_followed_and_claims_nothing_without_a_verdict():
    declarations = derived(entries())[CYCLONEDX]["declarations"]
    [attestation] = declarations["attestations"]
    scores = {one["requirement"]: one["conformance"]["score"] for one in attestation["map"]}
    assert scores == {
        "requirement:A-1": 1,
        "requirement:A-2": 1,
        "requirement:A-3": 0.5,
        "requirement:A-4": 0,
    }
    against = [one for one in attestation["map"] if "counterClaims" in one]
    assert [one["requirement"] for one in against] == ["requirement:A-4"]


def test_every_reference_of_cyclonedx_leads_somewhere():
    document = derived(samples.snapshot(own_requirements=OWN))[CYCLONEDX]
    text = json.dumps(document)
    known = set(re.findall(r'"bom-ref": "([^"]+)"', text))
    declarations = document["declarations"]
    used = {
        *(claim["target"] for claim in declarations["claims"]),
        *(number for claim in declarations["claims"] for number in claim.get("evidence", ())),
        *(one["assessor"] for one in declarations["attestations"]),
        *(
            name
            for attestation in declarations["attestations"]
            for one in attestation["map"]
            for name in (one["requirement"], *one.get("claims", ()), *one.get("counterClaims", ()))
        ),
    }
    assert used <= known


def test_cyclonedx_names_files_by_their_digest():
    [piece, *_others] = derived(samples.snapshot())[CYCLONEDX]["declarations"]["evidence"]
    address = piece["data"][0]["contents"]["url"]
    value = address.removeprefix("ni:///sha-256;")
    assert base64.urlsafe_b64decode(value + "=").hex() == samples.DIGEST


@pytest.mark.parametrize("name", [OSCAL, CYCLONEDX])
def test_nothing_claims_conformity(snapshot, name):
    """The field's own names say "conformance"; no sentence of ours does."""
    text = json.dumps(derived(snapshot)[name], ensure_ascii=False).lower()
    assert "ni certificat" in text or "neither a certificate" in text
    assert "compliant" not in text
    assert "conforme à" not in text


def test_the_manifest_says_what_cites_each_piece():
    document = derived(samples.snapshot())[MANIFEST]
    snapshot = samples.snapshot()
    cited = {
        entry.recommendation.code
        for entry in snapshot.entries
        if "EV-0001" in entry.answer.evidence
    }
    [first, *_others] = document["evidence"]
    assert (first["number"], set(first["cited_by"])) == ("EV-0001", cited)
    assert first["sha256"] == samples.DIGEST
    assert document["snapshot_sha256"] == digest(to_canonical_json(snapshot))


def test_equal_records_give_equal_files(snapshot):
    again = samples.snapshot(language=snapshot.language)
    assert files.attachments(snapshot) == files.attachments(again)
    other = samples.snapshot(language=snapshot.language, number="D-2026-0099")
    uuids = [derived(each)[OSCAL]["assessment-results"]["uuid"] for each in (snapshot, other)]
    assert uuids[0] != uuids[1]


def test_the_schema_of_today_is_published():
    """A schema that changes is another version: the file of this one then stays as it is."""
    assert (PUBLISHED / schema.NAME).read_bytes() == schema.encoded()


def test_the_schema_describes_each_object():
    described = schema.schema()
    assert all(one["description"] for one in described["$defs"].values())
    assert described["$id"].endswith(":4")
    assert jsonschema_rs.meta.is_valid(described)
