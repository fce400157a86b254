"""Rows to a snapshot: whose device it is, which one, and in which version."""

from __future__ import annotations

from assessments.dossier import snapshot as record
from assessments.models import Assessment


def organisation(assessment: Assessment) -> record.Organisation:
    """Return the manufacturer that the dossier speaks for."""
    row = assessment.organisation
    return record.Organisation(row.name, row.address, row.srn)


def device(assessment: Assessment) -> record.Device:
    """Return the device, as it is identified now."""
    row = assessment.device
    return record.Device(
        name=row.name,
        reference=row.reference,
        basic_udi_di=row.basic_udi_di,
        regulation=row.regulation,
        device_class=row.device_class,
        safety_class=row.safety_class,
        is_implantable=row.is_implantable,
        intended_purpose=row.intended_purpose,
    )


def version(assessment: Assessment) -> record.Version:
    """Return the version that is assessed, with the facts of its profile that hold."""
    row = assessment.version
    return record.Version(
        label=row.label,
        udi_di=row.udi_di,
        phase=row.phase,
        released_on=row.released_on,
        sale_ends_on=row.sale_ends_on,
        support_ends_on=row.support_ends_on,
        facts=tuple(sorted(str(fact) for fact in row.facts)),
    )
