"""Base of class views."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.generic import View
from django.views.generic.base import TemplateResponseMixin

from ansm_portal.http import PortalRequest
from ansm_portal.permissions import Access, Permission


class PortalView(TemplateResponseMixin, View):
    """Base of every class view: what it needs, and which fragment htmx may ask for."""

    access: ClassVar[Permission | Access]
    fragment: ClassVar[str] = ""
    request: PortalRequest

    def get_template_names(self) -> list[str]:
        names = super().get_template_names()
        if self.fragment and self.request.htmx.target == self.fragment:
            return [f"{name}#{self.fragment}" for name in names]
        return names

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if self.fragment:
            patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again, with what was typed; the answer is 422, not 200."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response
