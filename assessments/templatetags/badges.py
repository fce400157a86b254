"""Marks of lists (:mod:`assessments.badges`) in templates."""

from __future__ import annotations

from django import template

from assessments import badges

register = template.Library()
register.filter("verdict_badge", badges.verdict_badge)
register.filter("evidence_badge", badges.evidence_badge)
register.filter("support_badge", badges.support_badge)
register.filter("outcome_badge", badges.outcome_badge)
register.simple_tag(badges.state_badge, name="state_badge")
