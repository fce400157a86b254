"""Closed lists of the assessment domain."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CatalogueState(models.TextChoices):
    """The life of an edition."""

    DRAFT = "draft", pgettext_lazy("catalogue edition", "draft")
    PUBLISHED = "published", pgettext_lazy("catalogue edition", "published")
    RETIRED = "retired", pgettext_lazy("catalogue edition", "retired")


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
