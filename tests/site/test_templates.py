"""Rules over all templates and their French."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SOURCES = [
    path.read_text()
    for app in ("ansm_portal", "devices", "assessments", "templates")
    for path in (settings.BASE_DIR / app).rglob("*")
    if path.suffix in {".py", ".html"}
]
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|safe\b|autoescape off",
    re.IGNORECASE,
)
# Names that other libraries look up by themselves.
LOOKED_UP = re.compile(
    r"^(400|403|403_csrf|404|429|500)\.html$|^account/|^allauth/|^socialaccount/|^mfa/"
)


def _name(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR / "templates").as_posix()


def test_there_are_templates_to_look_at():
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_has_no_inline_code(path):
    assert INLINE.findall(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_is_used(path):
    name = _name(path)
    if LOOKED_UP.match(name):
        return
    derived = re.compile(rf"[\"']{re.escape(name)}(#[\w-]+)?[\"']")
    if any(derived.search(source) for source in SOURCES):
        return
    # Generic views derive "<app>/<model>_<suffix>.html" from their model.
    _, _, rest = name.partition("/")
    model = rest.rpartition("_")[0].replace("_", "").title()
    assert any(
        re.search(rf"class \w+\(.*{view}\[?{model}", source, re.IGNORECASE)
        for source in SOURCES
        for view in ("ListView", "DetailView", "CreateView", "UpdateView", "FormView")
    ), f"nothing names {name}"


def test_every_message_has_its_french():
    catalogue = polib.pofile(
        str(settings.BASE_DIR / "ansm_portal" / "locale" / "fr" / "LC_MESSAGES" / "django.po")
    )
    unfinished = [
        entry.msgid for entry in catalogue if not entry.obsolete and not entry.translated()
    ]
    assert unfinished == []
    assert len(catalogue) > 200


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def test_french_keeps_the_placeholders():
    catalogue = polib.pofile(
        str(settings.BASE_DIR / "ansm_portal" / "locale" / "fr" / "LC_MESSAGES" / "django.po")
    )
    wrong = []
    for entry in catalogue:
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            allowed = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
            if text and not set(PLACEHOLDER.findall(text)) <= allowed:
                wrong.append(entry.msgid)
            if text and not entry.msgid_plural and set(PLACEHOLDER.findall(text)) != allowed:
                wrong.append(entry.msgid)
    assert wrong == []


@pytest.mark.parametrize("word", ["qualified signature", "compliant with ANSM", "qualified seal"])
def test_words_we_do_not_say(word):
    assert [source for source in SOURCES if word.lower() in source.lower()] == []
