"""System checks of the project's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver

from ansm_portal.permissions import Permission, access_of
from ansm_portal.tenancy import Scoped, Shared

OWN_APPS = ("accounts", "audit", "devices", "assessments")


def walk(
    patterns: Any, prefix: str = "", namespaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...], URLPattern]]:
    """Yield route, namespaces and pattern of every URL of the site."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            names = (*namespaces, pattern.app_name) if pattern.app_name else namespaces
            yield from walk(pattern.url_patterns, route, names)
        else:
            yield route, namespaces, pattern


@checks.register
def every_view_declares_its_access(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse to start with a view that does not say who may reach it."""
    errors: list[checks.CheckMessage] = []
    for route, namespaces, pattern in walk(get_resolver().url_patterns):
        if "admin" in namespaces:
            continue
        access = access_of(pattern.callback)
        if access is None:
            errors.append(checks.Error(f"/{route} declares no access.", id="portal.E001"))
        elif isinstance(access, Permission) and not route.startswith("o/<slug:organisation>/"):
            errors.append(
                checks.Error(
                    f"/{route} needs a permission but names no organisation.", id="portal.E002"
                )
            )
    return errors


@checks.register
def every_model_says_whose_it_is(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse a model of ours that is neither scoped nor shared."""
    return [
        checks.Error("Derive from OrganisationOwned or Shared.", obj=model, id="portal.E003")
        for label in OWN_APPS
        for model in apps.get_app_config(label).get_models()
        if not issubclass(model, (Scoped, Shared))
    ]
