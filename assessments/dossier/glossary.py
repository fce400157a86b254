"""Words that a dossier explains to its reader; build them under its language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def verdict_meanings() -> dict[str, str]:
    """Return what each position says, by its key."""
    return {
        "followed": _("The recommendation is followed as it is written."),
        "adapted": _("Its purpose is reached by other means, which the justification describes."),
        "partly_followed": _("Part of it is followed; the justification says what is missing."),
        "not_followed": _("It is not followed; the justification says why."),
        "not_applicable": _("It has no object for this version; the justification says why."),
        "not_assessed": _("Nobody has taken a position yet."),
    }


def terms() -> list[tuple[str, str]]:
    """Return the words of the portal and what they mean here."""
    return [
        (_("Approval"), _("A person’s signature in the portal, bound to what was signed.")),
        (_("Canonical record"), _("The data of this dossier in one unambiguous form (RFC 8785).")),
        (
            _("Digest"),
            _("A number computed from a content (SHA-256); any change of the content changes it."),
        ),
        (_("Edition"), _("One published, unchanging state of the catalogue of recommendations.")),
        (
            _("Evidence"),
            _("A file, a link or a reference to a document of the quality system."),
        ),
        (
            _("Journal"),
            _(
                "The list of everything that changed in the organisation’s data; each event "
                "carries the digest of the one before."
            ),
        ),
        (_("Phase"), _("One of the five parts of the life cycle that the ANSM distinguishes.")),
        (
            _("Position"),
            _("How far a recommendation is followed, in the words listed under Method."),
        ),
        (_("Profile"), _("Facts of a version that decide which recommendations apply to it.")),
        (
            _("Provenance"),
            _("How far a public source confirms an entry of the catalogue."),
        ),
        (
            _("Seal"),
            _(
                "The organisation’s electronic signature on this file; it shows who issued it and "
                "that it has not changed since."
            ),
        ),
    ]
