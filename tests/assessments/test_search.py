from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from ansm_portal import tenancy
from assessments.bulk import Wish
from assessments.enums import BulkKind
from assessments.filters import AnswerFilter
from assessments.models import Answer, SearchEntry
from assessments.search import INDEX, asked_for, where, words_of
from assessments.services.answer import save_answer
from assessments.services.assessment import start
from assessments.services.bulk import Expected, Order, apply
from assessments.services.carrying import confirm
from assessments.services.copying import copy_answer
from assessments.services.evidence import cite, supersede, uncite
from tests.factories import AssessmentFactory, CatalogueFactory, EvidenceFactory, VersionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return AssessmentFactory(catalogue=CatalogueFactory(sizes={"design": 3}))


@pytest.fixture
def answer(assessment):
    return assessment.answers.order_by("position").first()


@pytest.fixture
def by_index(monkeypatch):
    """Take every word for a rare one."""
    monkeypatch.setattr("assessments.finding.COMMON", 10**9)


@pytest.fixture(params=["by the index", "one by one"])
def each_way(request, monkeypatch):
    """Take every word for a rare one, then for a common one: the same is found."""
    common = 10**9 if request.param == "by the index" else 0
    monkeypatch.setattr("assessments.finding.COMMON", common)


def say(answer, text, **more):
    answer.refresh_from_db()
    return save_answer(
        answer.pk,
        revision=answer.revision,
        verdict="adapted",
        justification=text,
        owner_id=None,
        due_on=None,
        actor=answer.assessment.started_by,
        **more,
    )


def found(assessment, words):
    form = AnswerFilter(
        {"q": words}, organisation=assessment.organisation, user=assessment.started_by
    )
    return set(form.apply(Answer.objects.all()))


def test_what_is_written_is_found_at_once_and_what_was_is_not(assessment, answer):
    say(answer, "Le pare-feu filtre.")
    assert found(assessment, "pare-feu") == {answer}
    say(answer, "La passerelle filtre.")
    assert found(assessment, "pare-feu") == set()
    assert found(assessment, "passerelle FILTRÉ") == {answer}


@pytest.mark.usefixtures("each_way")
@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("chiffr", True),
        ("iffre", False),  # a word is found by its beginning
        ("CHIFFREES", True),
        ("clés chiffrées", True),
        ("clés perdues", False),
        ("oeuvre", True),
        ("mise-en-oeuvre", False),
        ("l'oeuvre", True),
        ("ev-7", True),  # mentioned in the text
        ("ev-0007", True),
        ("ev-70", False),
        ("AND", False),
        ('"', False),
        ("x" * 80, True),
        ("' | clés", True),
        ("clés:*", True),
        ("日本", True),
    ],
)
def test_words_are_found_by_their_beginning_whatever_the_signs(assessment, answer, words, is_found):
    say(answer, f"Clés CHIFFRÉES ; l’œuvre (EV-0007). {'x' * 90} 日本語")
    assert found(assessment, words) == ({answer} if is_found else set())


@pytest.mark.usefixtures("each_way")
def test_what_is_cited_is_found_until_it_is_cited_no_longer(assessment, answer):
    actor = assessment.started_by
    old, new = (
        EvidenceFactory(organisation=assessment.organisation, title=title, number=number)
        for title, number in [("Rapport d’intrusion", 31), ("Audit externe", 32)]
    )
    cite(answer.pk, evidence=old, actor=actor)
    assert found(assessment, "intrusion") == found(assessment, "EV-31") == {answer}
    supersede(old, by=new, actor=actor)
    assert found(assessment, "intrusion") == set()
    assert found(assessment, "audit ext") == {answer}
    uncite(answer.pk, evidence=new, actor=actor)
    assert found(assessment, "audit ext") == found(assessment, "EV-32") == set()


def test_answers_that_are_carried_over_or_copied_are_found(assessment, answer):
    actor = assessment.started_by
    say(answer, "Segmentation.")
    evidence = EvidenceFactory(organisation=assessment.organisation, title="Schéma")
    cite(answer.pk, evidence=evidence, actor=actor)
    version = VersionFactory(device=assessment.device, is_latest=False)
    later = start(version, catalogue=assessment.catalogue, actor=actor, earlier=assessment)
    carried = later.answers.get(carried_from=answer)
    assert found(assessment, "segmentation schema") == {answer, carried}
    confirm(carried.pk, revision=carried.revision, actor=actor)
    assert found(assessment, "segmentation schema") == {answer, carried}
    other = later.answers.order_by("position").last()
    copy_answer(other.pk, source_id=answer.pk, revision=other.revision, actor=actor)
    assert found(assessment, "segmentation schema") == {answer, carried, other}


def test_answers_that_inherit_are_found_by_what_their_platform_says():
    platform = AssessmentFactory(
        device__is_platform=True, catalogue=CatalogueFactory(sizes={"design": 1})
    )
    source = platform.answers.get()
    version = VersionFactory(device__organisation=platform.organisation, platform=platform.version)
    heir = start(version, catalogue=platform.catalogue, actor=platform.started_by).answers.get()
    say(source, "Segmentation.")
    assert found(platform, "segmentation") == {source, heir}
    say(source, "Cloisonnement.")
    assert found(platform, "segmentation") == set()
    assert found(platform, "cloison") == {source, heir}


@pytest.mark.usefixtures("each_way")
def test_one_word_may_be_in_the_recommendation_and_another_in_the_answer(assessment, answer):
    say(answer, "Segmentation.")
    assert found(assessment, f"{answer.code} segment") == {answer}
    assert answer not in found(assessment, f"{answer.code} absent")


def test_texts_of_the_catalogue_are_not_repeated_in_each_entry(answer):
    entry = SearchEntry.objects.get(answer=answer)
    assert entry.words == f"_o{answer.organisation_id.hex} _r{answer.recommendation_id.hex}"


@pytest.mark.usefixtures("each_way")
def test_another_organisation_is_not_searched(assessment, answer):
    say(answer, "Segmentation.")
    stranger = AssessmentFactory(catalogue=assessment.catalogue)
    assert found(stranger, "segmentation") == set()
    assert found(stranger, f"_o{assessment.organisation_id.hex}") == set()  # a mark is no word
    with tenancy.scoped_to([stranger.organisation_id]):
        assert found(assessment, "segmentation") == set()


@pytest.mark.usefixtures("by_index")
def test_the_index_itself_keeps_organisations_apart(assessment, answer):
    say(answer, "Segmentation.")
    form = AnswerFilter(
        {"q": "segmentation"}, organisation=assessment.organisation, user=assessment.started_by
    )
    sql, parameters = form.apply(Answer.objects.all()).query.sql_with_params()
    expression = next(each for each in parameters if "segmentation" in str(each))
    assert f"_o{assessment.organisation_id.hex}" in expression
    assert (f"{INDEX} MATCH" in sql) == (connection.vendor == "sqlite")


def test_a_word_that_many_answers_have_is_not_gathered_from_the_index(
    assessment, answer, monkeypatch
):
    """Gathering takes as long as there are answers in all organisations (platform.md 2.4)."""
    monkeypatch.setattr("assessments.finding.COMMON", 2)
    for each in assessment.answers.all():
        say(each, "Segmentation du réseau.")
    say(answer, "Segmentation et cloisonnement.")

    def asked(words):
        form = AnswerFilter(
            {"q": words}, organisation=assessment.organisation, user=assessment.started_by
        )
        matching = form.apply(Answer.objects.all())
        _sql, parameters = matching.query.sql_with_params()
        return set(matching), [str(each) for each in parameters if "_o" in str(each)]

    assert asked("segmentation") == (set(assessment.answers.all()), [])
    found_, expressions = asked("segment cloison")
    assert found_ == {answer}
    assert all("cloison" in each and "segment" not in each for each in expressions)


@pytest.mark.usefixtures("by_index")
def test_the_index_can_be_made_again(assessment, answer, capsys):
    say(answer, "Segmentation.")
    SearchEntry.objects.filter(answer=answer).delete()
    assert found(assessment, "segmentation") == set()
    SearchEntry.objects.update(words="nonsense")
    call_command("rebuild_search")
    assert capsys.readouterr().out == f"{assessment.organisation.slug}: 3\n"
    assert found(assessment, "segmentation") == {answer}
    assert found(assessment, "nonsense") == set()


def many(answers, kind, **wish):
    actor = answers[0].assessment.started_by
    apply(
        {answer.pk: Expected(answer.revision, answer.state) for answer in answers},
        Order(kind=kind, wish=Wish(text_max_length=1000, **wish)),
        organisation=answers[0].organisation,
        token=uuid4(),
        actor=actor,
    )


def test_many_changed_at_once_are_found(assessment):
    answers = list(assessment.answers.all())
    many(answers, BulkKind.VERDICT, values={"verdict": "adapted"}, text="Segmentation.")
    assert found(assessment, "segmentation") == set(answers)


def test_a_change_of_owner_does_not_write_the_words_again(assessment, answer):
    SearchEntry.objects.update(words="as they were")
    many([answer], BulkKind.ASSIGN, values={"owner_id": assessment.started_by_id})
    assert set(SearchEntry.objects.values_list("words", flat=True)) == {"as they were"}


def test_words_are_kept_once(answer):
    words = words_of(
        organisation=answer.organisation_id,
        recommendation=answer.recommendation_id,
        texts=["Clé clé CLÉ", "clés"],
        numbers=[3, 3],
    )
    assert words.split()[2:] == ["_ev3", "cle", "cles"]


def test_words_are_shown_where_they_stand_escaped():
    text = "a" * 100 + " <b>L’Œuvre</b> & clés " + "z" * 100
    shown = where(text, asked_for("oeuvr cle"))
    assert "&lt;b&gt;L’<mark>Œuvre</mark>&lt;/b&gt; &amp; <mark>clés</mark>" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 300
    assert where(text, asked_for("absent")) is None
    assert where("La clé.", asked_for("cle")) == "La <mark>clé</mark>."
