"""What templates need: icons, languages, permissions, addresses. No queries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any, Final

import nh3
from django import template
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

from ansm_portal.http import PortalRequest
from ansm_portal.markdown import TAGS
from ansm_portal.permissions import Permission, granted

register = template.Library()


@cache
def _sprite() -> str:
    return static("vendor/bootstrap-icons-1.13.1/icons.svg")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; with a label it says something, without it decorates."""
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            label,
            _sprite(),
            name,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', _sprite(), name
    )


@register.filter
def localized(thing: Any, name: str) -> Any:
    """Return ``name_fr`` or ``name_en`` of an object or a dict, by the language of the page."""
    key = f"{name}_{'en' if get_language() == 'en' else 'fr'}"
    return thing[key] if isinstance(thing, dict) else getattr(thing, key)


@register.filter
def in_language(texts: dict[str, str]) -> str:
    """Return the text of ``{"fr": …, "en": …}`` in the language of the page."""
    return texts["en" if get_language() == "en" else "fr"]


@register.filter
def of(counts: Mapping[Any, int], key: Any) -> int:
    """Return how many there are of ``key``."""
    return counts.get(key, 0)


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], permission: str) -> bool:
    """Tell whether the person may do ``permission`` (its value) in this organisation."""
    request: PortalRequest = context["request"]
    return granted(Permission(permission), getattr(request, "roles", frozenset()))


# By the first word of an address's name, or by the whole name where that says otherwise.
_AREAS: Final[Mapping[str, str]] = {
    "answer-list": "work",
    "device-matrix": "assessments",
    **dict.fromkeys(("device", "version"), "devices"),
    **dict.fromkeys(
        (
            "assessment",
            "assessments",
            "phase",
            "answer",
            "bulk",
            "matrix",
            "move",
            "run",
            "sheet",
            "check",
        ),
        "assessments",
    ),
    **dict.fromkeys(("action", "calendar"), "actions"),
    "evidence": "evidence",
    **dict.fromkeys(("dossier", "batch", "link"), "dossiers"),
    "journal": "journal",
    "members": "members",
}


@register.filter
def area(url_name: str) -> str:
    """Return in which part of the menu a page is, by the name of its address; "" for none."""
    return _AREAS.get(url_name) or _AREAS.get(url_name.partition("-")[0], "")


@register.filter
def short_digest(digest: str) -> str:
    """Return the first twelve characters of a digest; the whole stays in the title."""
    return f"{digest[:12]}…" if digest else ""


@register.filter
def field_name(name: str) -> str:
    """Return the name of a form field as a label of last resort: ``due_on`` is *Due on*."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def _changed(query: QueryDict, **changes: str | None) -> str:
    changed = query.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = value
    return f"?{changed.urlencode()}"


@register.simple_tag(takes_context=True)
def page_url(context: dict[str, Any], number: int) -> str:
    """Return the address of page ``number`` of this list, filters kept."""
    return _changed(context["request"].GET, page=str(number))


@register.simple_tag(takes_context=True)
def sort_url(context: dict[str, Any], name: str) -> str:
    """Return the address of this list sorted by ``name``; the other way round when it is."""
    query = context["request"].GET
    other = f"-{name}" if query.get("sort") == name else name
    return _changed(query, sort=other, page=None)


@register.simple_tag(takes_context=True)
def without_url(context: dict[str, Any], name: str) -> str:
    """Return the address of this list without the filter ``name``."""
    return _changed(context["request"].GET, **{name: None, "page": None})


@register.filter
def options(field: BoundField) -> SafeString:
    """Return the options of a select: as a string, for there may be hundreds."""
    chosen = str(field.value() or "")
    return SafeString(
        "".join(
            f'<option value="{escape(value)}"{" selected" * (str(value) == chosen)}>'
            f"{escape(str(label))}</option>"
            for value, label in field.field.choices  # type: ignore[attr-defined]
        )
    )


@register.filter
def percent_of(part: int, whole: int) -> int:
    """Return ``part`` of ``whole`` in per cent, rounded down; nothing of nothing is 100."""
    return 100 * part // whole if whole else 100


KILO, THREE_DIGITS = 1000, 100
UNITS = ("B", "kB", "MB", "GB")


@register.filter
def size(size_bytes: int | None) -> str:
    """Return a size for people, 1 kB being 1000 bytes: ``1,2 Mo`` in French."""
    if size_bytes is None:
        return "–"
    amount, unit = float(size_bytes), 0
    while round(amount) >= KILO and unit < len(UNITS) - 1:
        amount, unit = amount / KILO, unit + 1
    number = f"{amount:.0f}" if unit == 0 or amount >= THREE_DIGITS else f"{amount:.1f}"
    name = {
        "B": pgettext("unit of size", "B"),
        "kB": pgettext("unit of size", "kB"),
        "MB": pgettext("unit of size", "MB"),
        "GB": pgettext("unit of size", "GB"),
    }[UNITS[unit]]
    decimal = number.replace(".", ",") if get_language() == "fr" else number
    return f"{decimal} {name}"


@register.filter
def sanitised(html: str) -> SafeString:
    """Show HTML that :func:`ansm_portal.markdown.to_html` made, cleaned once more."""
    return format_html("{}", SafeString(nh3.clean(html or "", tags=set(TAGS))))
