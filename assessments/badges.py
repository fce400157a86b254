"""Small marks of lists: symbol, word and colour together. No database.

Built as strings: a list draws hundreds, and a template would take most of its time for them.
Each is the same for all rows of a language, and is kept.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ansm_portal.templatetags.portal import icon
from assessments.enums import FindingOutcome, Support, Verdict


def verdict_badge(key: str) -> SafeString:
    """Draw a verdict."""
    return _verdict(str(key), get_language())


@lru_cache(maxsize=64)
def _verdict(key: str, _language: str) -> SafeString:
    word = Verdict(key)
    return format_html(
        '<span class="verdict tone-{}"><span aria-hidden="true">{}</span> {}</span>',
        word.value,
        word.symbol,
        word.label,
    )


def support_badge(key: str) -> SafeString:
    """Draw what the answers say for a requirement."""
    return _mark("support", Support(str(key)), get_language())


def outcome_badge(key: str) -> SafeString:
    """Draw what a check says."""
    return _mark("check", FindingOutcome(str(key)), get_language())


@lru_cache(maxsize=64)
def _mark(kind: str, word: Support | FindingOutcome, _language: str) -> SafeString:
    return format_html(
        '<span class="verdict tone-{}-{}"><span aria-hidden="true">{}</span> {}</span>',
        kind,
        word.value,
        word.symbol,
        word.label,
    )


def state_badge(state: str, label: str, *, to_confirm: bool = False) -> SafeString:
    """Draw a state, and of an answer whether it waits to be confirmed."""
    return _state(str(state), str(label), to_confirm, get_language())


@lru_cache(maxsize=256)
def _state(state: str, label: str, to_confirm: bool, _language: str) -> SafeString:  # noqa: FBT001 -- a key
    drawn = format_html('<span class="badge-state tone-{}">{}</span>', state, label)
    if not to_confirm:
        return drawn
    return format_html(
        '{} <span class="badge-state tone-to_confirm"><span aria-hidden="true">↷</span> {}</span>',
        drawn,
        _("to be confirmed"),
    )


def evidence_badge(count: int) -> SafeString:
    """Draw how many pieces of evidence there are."""
    return _evidence(count, get_language())


@lru_cache(maxsize=256)
def _evidence(count: int, _language: str) -> SafeString:
    return format_html("{} {}", icon("paperclip", _("pieces of evidence:")), count)
