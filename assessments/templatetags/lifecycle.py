"""Words for keys on pages. No queries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from assessments.enums import Confidence, Criterion, ProvenanceStatus, Stakeholder, Verdict
from devices.enums import Fact, LifecyclePhase

register = template.Library()


@register.filter
def phase_label(key: str) -> str:
    """Name a phase."""
    return str(LifecyclePhase(key).label)


@register.filter
def verdict_label(key: str) -> str:
    """Name a verdict."""
    return str(Verdict(key).label)


@register.filter
def provenance_label(key: str) -> str:
    """Name how far an entry is confirmed."""
    return str(ProvenanceStatus(key).label)


@register.filter
def confidence_label(key: str) -> str:
    """Name how sure we are of an entry."""
    return str(Confidence(key).label)


@register.filter
def criteria_labels(keys: list[str]) -> list[str]:
    """Name security criteria."""
    return [str(Criterion(key).label) for key in keys]


@register.filter
def stakeholder_labels(keys: list[str]) -> list[str]:
    """Name stakeholders."""
    return [str(Stakeholder(key).label) for key in keys]


@register.filter
def fact_labels(keys: list[str]) -> str:
    """Name facts of a profile, in one line."""
    return ", ".join(str(Fact(key).label) for key in keys)


@register.filter
def assessed(counted: Any) -> int:
    """Return how many applicable recommendations have a verdict."""
    return int(counted.applicable - counted.not_assessed)


@register.filter
def spoken(sentence: Any) -> str:
    """Say a sentence of a verification in the language of the page."""
    return str(sentence.told(gettext, _written))


def _written(day: dt.date) -> str:
    if isinstance(day, dt.datetime):
        return date_format(timezone.localtime(day), "DATETIME_FORMAT")
    return date_format(day, "DATE_FORMAT")
