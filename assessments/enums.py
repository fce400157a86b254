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


class Confirmation(models.TextChoices):
    """What somebody found who read the official text beside an entry."""

    AS_IS = "as_is", _("confirmed as it is")
    CORRECTED = "corrected", _("corrected after the official text")


class SuccessionKind(models.TextChoices):
    """What became of an entry of one edition in the next."""

    UNCHANGED = "unchanged", pgettext_lazy("entry of the catalogue", "unchanged")
    REWORDED = "reworded", pgettext_lazy("entry of the catalogue", "reworded")
    MOVED = "moved", pgettext_lazy("entry of the catalogue", "moved")
    SPLIT = "split", pgettext_lazy("entry of the catalogue", "split")
    MERGED = "merged", pgettext_lazy("entry of the catalogue", "merged")


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
    SIGNING = "signing", pgettext_lazy("dossier", "waits for signatures")
    SEALING = "sealing", pgettext_lazy("dossier", "sealing")
    ISSUED = "issued", pgettext_lazy("dossier", "issued")
    FAILED = "failed", pgettext_lazy("dossier", "failed")
    CANCELLED = "cancelled", pgettext_lazy("dossier", "cancelled")
    SUPERSEDED = "superseded", pgettext_lazy("dossier", "superseded")
    WITHDRAWN = "withdrawn", pgettext_lazy("dossier", "withdrawn")


class DossierStage(models.TextChoices):
    """Where the making of a dossier is; empty while it waits, and afterwards."""

    SNAPSHOT = "snapshot", _("freezing the assessment")
    LAYOUT = "layout", _("laying out pages")
    WRITING = "writing", _("writing the PDF")
    ATTACHING = "attaching", _("attaching evidence")
    SEALING = "sealing", _("sealing")
    STAMPING = "stamping", _("sealing, with time stamps")
    CHECKING = "checking", _("checking the finished file")
    KEEPING = "keeping", _("putting it into the archive")


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


class FrameworkNature(models.TextChoices):
    """What legal weight a neighbouring framework has."""

    BINDING = "binding", _("binding text")
    GUIDANCE = "guidance", _("guidance")
    STANDARD = "standard", _("standard")
    TECHNICAL_REPORT = "technical-report", _("technical report")
    REFERENCE = "reference", _("reference document")
    METHOD = "method", _("method")
    AUDIT_CHECKLIST = "audit-checklist", _("auditors’ questionnaire")


class MappingRelation(models.TextChoices):
    """What a recommendation is to a requirement, in this direction."""

    EQUAL = "equal", _("equal: both ask for the same")
    SUBSET = "subset", _("subset: the recommendation asks for a part of the requirement")
    SUPERSET = "superset", _("superset: the recommendation asks for more than the requirement")
    INTERSECTS = "intersects", _("intersects: each asks for something that the other does not")

    @property
    def symbol(self) -> str:
        """The sign of set theory, the recommendation standing on its left."""
        return {"equal": "=", "subset": "⊂", "superset": "⊃", "intersects": "∩"}[self.value]


class MappingStatus(models.TextChoices):
    """Whether a person has read a mapping beside both texts."""

    PROPOSED = "proposed", pgettext_lazy("mapping", "proposed")
    CONFIRMED = "confirmed", pgettext_lazy("mapping", "confirmed")
    WITHDRAWN = "withdrawn", pgettext_lazy("mapping", "withdrawn")


class Support(models.TextChoices):
    """What the answers of an assessment say for a requirement. Never that it is met."""

    SUPPORTED = "supported", pgettext_lazy("requirement", "supported")
    PARTLY = "partly", pgettext_lazy("requirement", "partly supported")
    OPEN = "open", pgettext_lazy("requirement", "open")
    NOT_APPLICABLE = "not_applicable", pgettext_lazy("requirement", "not applicable")
    NOT_REACHED = "not_reached", pgettext_lazy("requirement", "not reached by the set")

    @property
    def symbol(self) -> str:
        """The sign that goes with its colour."""
        return {"supported": "✓", "partly": "½", "open": "✗", "not_applicable": "–"}.get(
            self.value, "○"
        )


class FindingOutcome(models.TextChoices):
    """What a built-in check for a typical non-conformity says of an assessment."""

    FOUND = "found", pgettext_lazy("check", "found")
    NOT_JUDGED = "not_judged", pgettext_lazy("check", "cannot be judged here")
    PASSED = "passed", pgettext_lazy("check", "nothing found")
    NOT_CONCERNED = "not_concerned", pgettext_lazy("check", "not concerned")

    @property
    def symbol(self) -> str:
        """The sign that goes with its colour."""
        return {"found": "!", "not_judged": "?", "passed": "✓", "not_concerned": "–"}[self.value]
