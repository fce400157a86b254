"""Adding and editing a row that somebody else may be adding or editing too."""

from __future__ import annotations

from typing import Any, Final

from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ansm_portal.errors import PortalError
from ansm_portal.views import PortalView
from devices.models import Device, DeviceVersion
from devices.services.changes import RowMoved

NOTHING_MOVED: Final[dict[str, Any]] = {"moved": None, "theirs": ()}


class Add(PortalView):
    """Register by a service; a twin that came first is found by the form's own rules."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**(NOTHING_MOVED | kwargs))  # type: ignore[misc, no-any-return]

    def register(self, form: Any) -> Device | DeviceVersion:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            registered = self.register(form)
        except IntegrityError:
            again = self.get_form()  # type: ignore[attr-defined]
            if again.is_valid():
                raise
            return self.form_invalid(again)
        except PortalError as refusal:
            return _refused(self, form, refusal)
        return HttpResponseRedirect(registered.get_absolute_url())


class Edit(PortalView):
    """Save by a service; a stale form comes back with 409, both texts and the new revision."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**(NOTHING_MOVED | kwargs))  # type: ignore[misc, no-any-return]

    def save(self, form: Any) -> Device | DeviceVersion:
        raise NotImplementedError

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            saved = self.save(form)
        except IntegrityError:
            again = self.get_form()  # type: ignore[attr-defined]
            if again.is_valid():
                raise
            return self.form_invalid(again)
        except RowMoved as moved:
            form.data = form.data.copy()
            form.data[form.add_prefix("revision")] = moved.theirs.revision
            context: dict[str, Any] = self.get_context_data(
                form=form, moved=moved, theirs=_differences(form, moved.theirs)
            )
            response = self.render_to_response(context)
            response.status_code = 409
            return response
        except PortalError as refusal:
            return _refused(self, form, refusal)
        return HttpResponseRedirect(saved.get_absolute_url())


def _refused(view: Any, form: Any, refusal: PortalError) -> HttpResponse:
    """Show the form again with the refusal, and what was typed."""
    form.add_error(None, str(refusal))
    response: HttpResponse = view.render_to_response(view.get_context_data(form=form))
    response.status_code = 409
    return response


def _differences(form: Any, theirs: Device | DeviceVersion) -> list[tuple[str, Any, Any]]:
    """List label, their value and ours of each field that differs, in words."""
    rows = []
    for name in form.Meta.fields:
        mine, other = form.cleaned_data[name], getattr(theirs, name)
        if mine != other:
            field = theirs._meta.get_field(name)
            rows.append((form[name].label, _in_words(field, other), _in_words(field, mine)))
    return rows


def _in_words(field: Any, value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return dict(field.flatchoices).get(value, value) or "–"
