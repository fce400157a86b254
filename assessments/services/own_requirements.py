"""Requirements of an organisation's own: an edition of theirs, kept by the services of editions."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ansm_portal.accounts.models import Organisation, User
from ansm_portal.errors import PortalError
from assessments.enums import CatalogueState, ProvenanceStatus
from assessments.models import Catalogue, Section
from assessments.services.catalogue_journal import tell
from devices.enums import LifecyclePhase


@transaction.atomic
def create(
    organisation: Organisation,
    *,
    key: str,
    edition: str,
    title_fr: str,
    title_en: str,
    actor: User,
) -> Catalogue:
    """Begin requirements of ``organisation``, as a draft with a section for each phase.

    Raises:
        PortalError: the organisation has an edition of that name already.
    """
    if Catalogue.objects.filter(owner=organisation, key=key, edition=edition).exists():
        raise PortalError(_("You have an edition of that name already. Choose another name."))
    value, disclaimer = {}, {}
    for language in ("fr", "en"):
        with translation.override(language):
            value[language] = _("Requirement of the organisation, not of the ANSM")
            disclaimer[language] = _("These requirements are not the ANSM’s.")
    catalogue = Catalogue.objects.create(
        owner=organisation,
        key=key,
        edition=edition,
        title_fr=title_fr,
        title_en=title_en,
        issuer=organisation.name[:100],
        source_published_on=timezone.localdate(),
        legal_value_fr=value["fr"],
        legal_value_en=value["en"],
        disclaimer_fr=disclaimer["fr"],
        disclaimer_en=disclaimer["en"],
    )
    Section.objects.bulk_create(
        Section(
            catalogue=catalogue,
            key=f"P{position}",
            phase=phase,
            position=position,
            title_status=ProvenanceStatus.INFERRED,
            **_titles(phase),
        )
        for position, phase in enumerate(LifecyclePhase, start=1)
    )
    tell("catalogue.create", catalogue, actor=actor)
    return catalogue


def _titles(phase: LifecyclePhase) -> dict[str, str]:
    titles = {}
    for language in ("fr", "en"):
        with translation.override(language):
            titles[f"title_{language}"] = str(phase.label).capitalize()
    return titles


def usable(organisation: Organisation) -> list[Catalogue]:
    """Return the published editions of the organisation's own, the newest first."""
    own = Catalogue.objects.filter(owner=organisation, state=CatalogueState.PUBLISHED)
    return list(own.order_by("-published_at"))
