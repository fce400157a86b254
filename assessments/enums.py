"""Closed lists of the assessment domain."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CatalogueState(models.TextChoices):
    """The life of an edition."""

    DRAFT = "draft", pgettext_lazy("catalogue edition", "draft")
    PUBLISHED = "published", pgettext_lazy("catalogue edition", "published")
    RETIRED = "retired", pgettext_lazy("catalogue edition", "retired")


class Origin(models.TextChoices):
    """How an answer relates to that of another version."""

    INHERITED = "inherited", _("the answer of the platform")
    DIFFERING = "differing", _("differs from the platform")
    CARRIED = "carried", _("carried over from an earlier version, not confirmed")


class Criterion(models.TextChoices):
    """The four security criteria of the ANSM's text."""

    AVAILABILITY = "availability", _("availability")
    INTEGRITY = "integrity", _("integrity")
    CONFIDENTIALITY = "confidentiality", _("confidentiality")
    AUDITABILITY = "auditability", _("auditability")


class Stakeholder(models.TextChoices):
    """Who has a share in following a recommendation."""

    MANUFACTURER = "manufacturer", _("manufacturer")
    USER = "user", _("user")
    PATIENT = "patient", _("patient")
    HEALTHCARE_ESTABLISHMENT = "healthcare_establishment", _("healthcare establishment")


class ProvenanceStatus(models.TextChoices):
    """How far a public source confirms an entry."""

    VERIFIED = "verified", _("verified")
    RECALLED = "recalled", _("recalled")
    INFERRED = "inferred", _("inferred")


class Confidence(models.TextChoices):
    """How sure we are of what was recalled or inferred."""

    HIGH = "high", pgettext_lazy("confidence", "high")
    MEDIUM = "medium", pgettext_lazy("confidence", "medium")
    LOW = "low", pgettext_lazy("confidence", "low")


class Verdict(models.TextChoices):
    """The position on one recommendation. Nothing normative is complied with: *followed*."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    FOLLOWED = "followed", _("followed")
    ADAPTED = "adapted", _("adapted")
    PARTLY_FOLLOWED = "partly_followed", _("partly followed")
    NOT_FOLLOWED = "not_followed", _("not followed")
    NOT_APPLICABLE = "not_applicable", _("not applicable")

    @property
    def symbol(self) -> str:
        """The sign that goes with its colour on pages."""
        return _VERDICT_SYMBOLS[self.value]


_VERDICT_SYMBOLS: Final = {
    "not_assessed": "○",
    "followed": "✓",
    "adapted": "≈",
    "partly_followed": "◐",
    "not_followed": "✗",
    "not_applicable": "–",
}


class AnswerState(models.TextChoices):
    """The life of an answer."""

    OPEN = "open", pgettext_lazy("answer", "open")
    READY = "ready", pgettext_lazy("answer", "submitted")
    ACCEPTED = "accepted", pgettext_lazy("answer", "accepted")


class ReviewState(models.TextChoices):
    """The life of the review of one phase."""

    OPEN = "open", pgettext_lazy("phase review", "open")
    SUBMITTED = "submitted", pgettext_lazy("phase review", "submitted")
    ACCEPTED = "accepted", pgettext_lazy("phase review", "accepted")
    SIGNED = "signed", pgettext_lazy("phase review", "signed")


class RemarkKind(models.TextChoices):
    """What a reviewer raises on an answer."""

    QUESTION = "question", _("question")
    OBSERVATION = "observation", _("observation")
    MINOR = "minor", _("minor non-conformity")
    MAJOR = "major", _("major non-conformity")


class RemarkState(models.TextChoices):
    """The life of a remark; who wrote last in its thread tells open from answered."""

    OPEN = "open", pgettext_lazy("remark", "open")
    ANSWERED = "answered", pgettext_lazy("remark", "answered")
    CLOSED = "closed", pgettext_lazy("remark", "closed")


class EvidenceKind(models.TextChoices):
    """What a piece of evidence is."""

    FILE = "file", _("file")
    LINK = "link", _("link")
    REFERENCE = "reference", _("reference")


class DossierState(models.TextChoices):
    """The life of a dossier."""

    QUEUED = "queued", pgettext_lazy("dossier", "queued")
    RENDERING = "rendering", pgettext_lazy("dossier", "rendering")
    SEALING = "sealing", pgettext_lazy("dossier", "sealing")
    ISSUED = "issued", pgettext_lazy("dossier", "issued")
    FAILED = "failed", pgettext_lazy("dossier", "failed")
    SUPERSEDED = "superseded", pgettext_lazy("dossier", "superseded")
    WITHDRAWN = "withdrawn", pgettext_lazy("dossier", "withdrawn")


class LinkState(models.TextChoices):
    """Whether a link for an auditor opens."""

    UNUSED = "unused", pgettext_lazy("link", "never used")
    ACTIVE = "active", pgettext_lazy("link", "active")
    EXPIRED = "expired", pgettext_lazy("link", "expired")
    REVOKED = "revoked", pgettext_lazy("link", "revoked")


class ActionState(models.TextChoices):
    """The life of an action: done by its owner, then checked: did it help?"""

    OPEN = "open", pgettext_lazy("action", "open")
    DONE = "done", pgettext_lazy("action", "done")
    CHECKED = "checked", pgettext_lazy("action", "checked")
    CANCELLED = "cancelled", pgettext_lazy("action", "cancelled")


class BulkKind(models.TextChoices):
    """What is done to many answers at once."""

    ASSIGN = "assign", _("owner and due day")
    VERDICT = "verdict", _("verdict and justification")
    EVIDENCE = "evidence", _("evidence")
    EXCLUDE = "exclude", _("not applicable")
    CONFIRM = "confirm", _("confirmation of carried answers")
    IMPORT = "import", _("spreadsheet")


class NotificationKind(models.TextChoices):
    """What people are told about."""

    ASSIGNED = "assigned", pgettext_lazy("notification", "assigned to you")
    MENTIONED = "mentioned", pgettext_lazy("notification", "you are mentioned")
    REMARK = "remark", pgettext_lazy("notification", "a remark, or an answer to one")
    SUBMITTED = "submitted", pgettext_lazy("notification", "to review or to sign")
    RETURNED = "returned", pgettext_lazy("notification", "returned")
    ACCEPTED = "accepted", pgettext_lazy("notification", "accepted or signed")
    REOPENED = "reopened", pgettext_lazy("notification", "reopened")
    DUE = "due", pgettext_lazy("notification", "due soon")
    OVERDUE = "overdue", pgettext_lazy("notification", "overdue")
    EXPIRING = "expiring", pgettext_lazy("notification", "evidence ends soon")


class Delivery(models.TextChoices):
    """How a person hears of something besides the portal's own list."""

    NOW = "now", pgettext_lazy("mail", "at once")
    DIGEST = "digest", pgettext_lazy("mail", "once a day")
    OFF = "off", pgettext_lazy("mail", "no mail")
