"""Every address of the site, with what it declares; found, not listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver, reverse

from ansm_portal.checks import walk
from ansm_portal.permissions import Access, Permission, access_of


@dataclass(frozen=True)
class Address:
    """A named URL pattern of ours."""

    name: str
    access: Permission | Access
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def row(self) -> str:
        """What kind of row ``pk`` names: the first word of the address's name."""
        return self.name.rpartition(":")[2].partition("-")[0]

    def url(self, world: Any, **other: str) -> str:
        """Return the address for the rows of ``world``."""
        values = {"organisation": world.organisation.slug, "phase": "design"}
        values |= {"name": "snapshot.json", "chapter": "summary", "format": "yaml"}
        values |= {"number": "EV-0001", "step": "reply", **other}
        if "pk" in self.parameters:
            values["pk"] = getattr(world, self.row).pk
        if "framework" in self.parameters:
            values["framework"] = world.mapped.framework.key
        if "requirement" in self.parameters:
            values["requirement"] = world.mapped.pk
        if "remark" in self.parameters:
            values["remark"] = world.remark.pk
        if "other" in self.parameters:
            values["other"] = world.other.pk
        if "evidence" in self.parameters:
            values["evidence"] = world.evidence.pk
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters})


def _addresses() -> list[Address]:
    found = []
    for route, namespaces, pattern in walk(get_resolver().url_patterns):
        if "admin" in namespaces:
            continue
        parameters = tuple(pattern.pattern.converters)
        if route.startswith("o/<slug:organisation>/") and "organisation" not in parameters:
            parameters = ("organisation", *parameters)
        access = access_of(pattern.callback)
        if access is not None:
            found.append(Address(":".join((*namespaces, pattern.name)), access, parameters))
    return found


EVERY_ADDRESS = _addresses()
OF_AN_ORGANISATION = [a for a in EVERY_ADDRESS if isinstance(a.access, Permission)]
SIGNED_IN = [a for a in EVERY_ADDRESS if a.access is not Access.PUBLIC]
