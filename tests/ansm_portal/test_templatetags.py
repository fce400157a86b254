"""What templates are given."""

from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.template import Context, Template
from django.utils import translation

from ansm_portal.permissions import Role
from ansm_portal.templatetags import portal


def render(source, query="", **values):
    request = SimpleNamespace(GET=QueryDict(query), roles=values.pop("roles", frozenset()))
    template = Template("{% load portal %}" + source)
    return template.render(Context({"request": request, **values}))


@pytest.mark.parametrize(
    ("roles", "shown"),
    [({Role.MANAGER}, "yes"), ({Role.AUDITOR}, "no"), ({Role.AUDITOR, Role.MANAGER}, "yes")],
)
def test_may_asks_the_table_of_permissions(roles, shown):
    source = '{% may "devices.edit" as can_edit %}{{ can_edit|yesno }}'
    assert render(source, roles=frozenset(roles)) == shown


def test_may_refuses_a_permission_that_does_not_exist():
    with pytest.raises(ValueError, match=r"devices\.destroy"):
        render('{% may "devices.destroy" as can_edit %}')


@pytest.mark.parametrize(("language", "title"), [("fr", "Titre"), ("en", "Title"), ("de", "Titre")])
def test_a_text_of_the_catalogue_is_in_the_language_of_the_page(language, title):
    thing = {"title_fr": "Titre", "title_en": "Title"}
    with translation.override(language):
        assert render('{{ thing|localized:"title" }}', thing=thing) == title
        assert portal.localized(SimpleNamespace(**thing), "title") == title


@pytest.mark.parametrize(
    ("size", "english", "french"),
    [
        (None, "–", "–"),
        (0, "0 B", "0 o"),
        (999, "999 B", "999 o"),
        (1000, "1.0 kB", "1,0 ko"),
        (1_250_000, "1.2 MB", "1,2 Mo"),
        (104_857_600, "105 MB", "105 Mo"),
        (999_999, "1.0 MB", "1,0 Mo"),
        (5_000_000_000_000, "5000 GB", "5000 Go"),
    ],
)
def test_a_size_is_written_for_people(size, english, french):
    with translation.override("en"):
        assert portal.size(size) == english
    with translation.override("fr"):
        assert portal.size(size).replace("\xa0", " ").replace("\u202f", " ") == french


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 100), (0, 3, 0), (2, 3, 66), (3, 3, 100), (199, 200, 99)]
)
def test_a_share_is_complete_only_when_nothing_is_missing(part, whole, percent):
    assert portal.percent_of(part, whole) == percent


def test_a_digest_is_shortened():
    assert portal.short_digest("0123456789abcdef") == "0123456789ab…"
    assert portal.short_digest("") == ""


@pytest.mark.parametrize(
    ("source", "query", "url"),
    [
        ("{% page_url 3 %}", "q=pump&page=2", "?q=pump&amp;page=3"),
        ('{% sort_url "name" %}', "q=pump&page=2", "?q=pump&amp;sort=name"),
        ('{% sort_url "name" %}', "sort=name", "?sort=-name"),
        ('{% sort_url "name" %}', "sort=-name", "?sort=name"),
        ('{% without_url "q" %}', "q=pump&phase=design&page=2", "?phase=design"),
        ('{% without_url "q" %}', 'q="><script>&x=<', "?x=%3C"),
        ("{% page_url 2 %}", "q=a&q=b", "?q=a&amp;q=b&amp;page=2"),
    ],
)
def test_an_address_of_a_list_keeps_its_filters(source, query, url):
    assert render(source, query=query) == url


def test_an_icon_decorates_or_says_something():
    assert 'aria-hidden="true"' in render('{% icon "list" %}')
    labelled = render('{% icon "list" label %}', label='"><b>')
    assert 'role="img" aria-label="&quot;&gt;&lt;b&gt;"' in labelled
    assert "aria-hidden" not in labelled


@pytest.mark.parametrize(("name", "label"), [("due_on", "Due on"), ("text", "Text"), ("", "")])
def test_a_field_without_label_is_named_by_its_name(name, label):
    assert portal.field_name(name) == label


def test_html_that_was_stored_is_cleaned_once_more():
    stored = '<p>good</p><script>alert(1)</script><a href="javascript:x" onclick="y">z</a>'
    shown = render("{{ stored|sanitised }}", stored=stored)
    assert shown.startswith("<p>good</p><a")
    assert not any(bad in shown for bad in ("script", "onclick"))
