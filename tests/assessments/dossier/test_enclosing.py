"""Evidence files with a dossier: which go where, and that they are what was registered."""

import datetime as dt
import hashlib
import io
import zipfile
from dataclasses import replace

import pikepdf
import pytest

from assessments.dossier.embedding import embed
from assessments.dossier.enclosing import Caps, Damaged, Enclosure, enclose, name_of
from assessments.dossier.formats.manifest import manifest
from assessments.dossier.formats.register import NAME, register
from assessments.dossier.html import render as to_html
from assessments.dossier.mapped import verify_file
from assessments.dossier.render import render
from assessments.dossier.report import Verdict
from assessments.dossier.second_file import streamed, write_archive
from assessments.dossier.sign import Stamp, seal_file
from assessments.dossier.sizing import Wishes, expected_pages, shaped
from assessments.dossier.trust import Trust
from tests.assessments.dossier import samples
from tests.assessments.dossier.conftest import naming


def enclosure(number, content=b"%PDF-1.7 evidence", **changes):
    return replace(
        Enclosure(
            number=number,
            name=f"{number}.pdf",
            title="Rapport d’essai",
            media_type="application/pdf",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            opened=lambda: io.BytesIO(content),
        ),
        **changes,
    )


def files():
    return [enclosure("EV-0002", b"second" * 9), enclosure("EV-0001")]


@pytest.fixture(scope="module")
def rendered(identity):
    """The pages of a record that names the files that are attached here."""
    digests = {each.number: each.sha256 for each in files()}
    snapshot = samples.snapshot()
    pieces = [replace(one, sha256=digests[one.number]) for one in snapshot.evidence]
    return render(naming(replace(snapshot, evidence=tuple(pieces)), identity)).content


def missing():
    raise FileNotFoundError


def seal(whole, target, identity):
    stamp, now = Stamp("%(number)s", {"number": "D-1"}), dt.datetime.now(dt.UTC)
    with whole.open("rb") as source, target.open("w+b") as output:
        seal_file(source, output, identity, stamp=stamp, now=now)


# Where each goes


def test_what_is_too_large_or_too_much_goes_to_the_second_file():
    sizes = [30, 70, 31, None, 40]
    pieces = [
        samples.evidence(f"EV-000{n}", size_bytes=size) for n, size in enumerate(sizes, start=1)
    ]
    placed = enclose(pieces, Caps(total_bytes=100, file_bytes=50))
    assert [each.enclosed for each in placed] == [
        *("attached", "archived", "attached", "", "archived")
    ]
    assert [each.enclosed_as for each in placed] == [
        *("EV-0001.pdf", "EV-0002.pdf", "EV-0003.pdf", "", "EV-0005.pdf")
    ]


@pytest.mark.parametrize(
    ("named", "becomes"),
    [
        ("Risks.PDF", "EV-0001.pdf"),
        ("a.tar.gz", "EV-0001.gz"),
        ("none", "EV-0001.bin"),
        ("x.é", "EV-0001.bin"),
        ("x.a b", "EV-0001.bin"),
        ("..", "EV-0001.bin"),
    ],
)
def test_names_are_the_number_and_the_suffix_in_ascii(named, becomes):
    assert name_of(samples.evidence(file_name=named)) == becomes


def test_the_manifest_says_where_each_file_lies():
    snapshot = shaped(samples.snapshot(), Wishes(400, Caps(50_000, 50_000)))
    first, second = manifest(snapshot, samples.DIGEST)["evidence"]
    assert (first["enclosed"], first["enclosed_as"]) == ("attached", "EV-0001.pdf")
    assert (second["enclosed"], second["enclosed_as"]) == ("archived", "EV-0002.pdf")


# Attached


def test_what_is_attached_is_sealed_with_the_rest(rendered, identity, tmp_path):
    pages, whole, again, target = (tmp_path / name for name in "abcd")
    pages.write_bytes(rendered)

    embed(pages, whole, files(), instant=samples.NOON)
    embed(pages, again, files(), instant=samples.NOON)
    with whole.open("rb") as source, target.open("w+b") as output:
        stamp = Stamp("%(number)s", {"number": "D-1"})
        seal_file(
            source, output, identity, stamp=stamp, now=samples.dt.datetime.now(samples.dt.UTC)
        )

    assert whole.read_bytes() == again.read_bytes()
    assert whole.read_bytes().startswith(rendered), "the pages stay as they were"
    assert verify_file(target, trust=Trust([identity.certificate])).verdict is Verdict.INTACT
    with pikepdf.open(target) as document:
        assert document.attachments["EV-0001.pdf"].get_file().read_bytes() == b"%PDF-1.7 evidence"
        names = [str(name) for name in list(document.Root.Names.EmbeddedFiles.Names)[::2]]
        assert names == sorted(names)
        assert names[:2] == ["EV-0001.pdf", "EV-0002.pdf"]
        associated = [str(each.UF) for each in document.Root.AF]
        assert sorted(associated) == names
        one = next(each for each in document.Root.AF if each.UF == "EV-0001.pdf")
        assert one.AFRelationship == "/Supplement"
        assert str(one.Desc) == "EV-0001 Rapport d’essai"
        assert one.EF.F.Subtype == "/application/pdf"
        assert one.EF.F.Params.ModDate == "D:20260302120000Z"


def test_a_changed_byte_of_what_is_attached_is_found(rendered, identity, tmp_path):
    pages, whole, target = (tmp_path / name for name in "abc")
    pages.write_bytes(rendered)
    embed(pages, whole, files(), instant=samples.NOON)
    with whole.open("rb") as source, target.open("w+b") as output:
        stamp = Stamp("%(number)s", {"number": "D-1"})
        seal_file(
            source, output, identity, stamp=stamp, now=samples.dt.datetime.now(samples.dt.UTC)
        )
    content = target.read_bytes()
    target.write_bytes(content.replace(b"%PDF-1.7 evidence", b"%PDF-1.7 evidencE"))
    assert verify_file(target, trust=Trust([identity.certificate])).verdict is Verdict.ALTERED


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "0" * 64},
        {"size_bytes": 3},
        {"size_bytes": 99},
        {"opened": missing},
    ],
)
def test_what_is_not_what_was_registered_is_not_enclosed(sealed, tmp_path, changes):
    rendered = tmp_path / "a"
    rendered.write_bytes(sealed.unsealed)
    damaged = [enclosure("EV-0007", **changes)]
    with pytest.raises(Damaged, match="EV-0007"):
        embed(rendered, tmp_path / "b", damaged, instant=samples.NOON)
    with pytest.raises(Damaged, match="EV-0007"):
        write_archive(tmp_path / "c", damaged, manifest=("m.json", b"{}"), instant=samples.NOON)


# In the second file


def test_equal_evidence_gives_equal_archives(tmp_path):
    for name in "ab":
        write_archive(tmp_path / name, files(), manifest=("m.json", b"{}"), instant=samples.NOON)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["m.json", "EV-0002.pdf", "EV-0001.pdf"]
        assert archive.read("EV-0002.pdf") == b"second" * 9


def test_an_archive_is_made_while_it_is_sent():
    chunks = list(
        streamed([("a.pdf", iter([b"one", b"two"])), ("b.pdf", iter([b"3"]))], instant=samples.NOON)
    )
    assert len(chunks) > 3
    with zipfile.ZipFile(io.BytesIO(b"".join(chunks))) as archive:
        assert archive.testzip() is None
        assert archive.read("a.pdf") == b"onetwo"


# Beside the pages


def many(count, language="en"):
    pieces = tuple(
        samples.evidence(f"EV-{n:04d}", title=f"Report {n}") for n in range(1, count + 1)
    )
    return samples.snapshot(evidence=pieces, language=language)


def test_a_register_that_would_take_too_many_pages_is_a_table_beside():
    snapshot = many(200)
    most = expected_pages(snapshot)
    assert shaped(snapshot, Wishes(most)).register_is_printed
    apart = shaped(snapshot, Wishes(most - 1))
    assert not apart.register_is_printed
    assert expected_pages(apart) < most - 20

    page = to_html(apart)
    assert 'id="EV-0001"' not in page
    assert 'href="#EV-' not in page
    assert "The register has 200 pieces." in page
    assert NAME in page


def test_the_table_has_every_line_and_no_formula():
    snapshot = replace(many(2, "fr"), register_is_printed=False)
    formula = replace(snapshot.evidence[1], title='=HYPERLINK("http://x";"y")')
    (table,) = register(replace(snapshot, evidence=(snapshot.evidence[0], formula)))
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Numéro;Nature;Titre;")
    assert lines[1].startswith("EV-0001;")
    assert "ANSM-CON-01" in lines[1]
    assert "'=HYPERLINK" in lines[2]
    assert register(samples.snapshot()) == []


def test_it_is_attached_to_pages_that_are_shorter_without_it():
    long, short = many(60), replace(many(60), register_is_printed=False)
    printed, apart = render(long), render(short)
    assert apart.pages < printed.pages - 5
    with pikepdf.open(io.BytesIO(apart.content)) as document:
        (content,) = (each.content for each in register(short))
        assert document.attachments[NAME].get_file().read_bytes() == content
