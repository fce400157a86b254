"""Who may do what: one table, role by permission.

What depends on the state of a row or on who did what before (an author may not
accept) is not a permission but a rule of the workflow, refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in an organisation; somebody may have several roles."""

    ASSESSOR = "assessor", _("assessor")
    REVIEWER = "reviewer", _("reviewer")
    APPROVER = "approver", _("approver")
    MANAGER = "manager", _("manager")
    AUDITOR = "auditor", _("auditor")


class Access(Enum):
    """How a view is reached when no permission in an organisation is needed."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


class Permission(Enum):
    """What a view or a service may need; the value is its name in templates and docs."""

    ORGANISATION_VIEW = "organisation.view"
    MEMBER_VIEW = "members.view"
    JOURNAL_VIEW = "journal.view"
    DEVICE_VIEW = "devices.view"
    DEVICE_EDIT = "devices.edit"
    ASSESSMENT_VIEW = "assessments.view"
    ASSESSMENT_START = "assessments.start"
    ASSESSMENT_EDIT = "assessments.edit"
    ASSESSMENT_REVIEW = "assessments.review"
    ASSESSMENT_SIGN = "assessments.sign"
    REMARK_ANSWER = "remarks.answer"
    ACTION_EDIT = "actions.edit"
    ACTION_CHECK = "actions.check"
    CHECK_EDIT = "checks.edit"
    DOSSIER_VIEW = "dossiers.view"
    DOSSIER_ISSUE = "dossiers.issue"
    CATALOGUE_EDIT = "catalogue.edit"
    DOSSIER_SHARE = "dossiers.share"
    DOSSIER_REMARK = "dossiers.remark"


_EVERYONE: Final = frozenset(Role)
_TEAM: Final = frozenset(Role) - {Role.AUDITOR}

GRANTS: Final[Mapping[Permission, frozenset[Role]]] = {
    Permission.ORGANISATION_VIEW: _EVERYONE,
    Permission.MEMBER_VIEW: _TEAM,
    Permission.JOURNAL_VIEW: frozenset({Role.MANAGER, Role.REVIEWER, Role.APPROVER}),
    Permission.DEVICE_VIEW: _TEAM,
    Permission.DEVICE_EDIT: frozenset({Role.MANAGER}),
    Permission.ASSESSMENT_VIEW: _TEAM,
    Permission.ASSESSMENT_START: frozenset({Role.MANAGER, Role.ASSESSOR}),
    Permission.ASSESSMENT_EDIT: frozenset({Role.ASSESSOR}),
    Permission.ASSESSMENT_REVIEW: frozenset({Role.REVIEWER}),
    Permission.ASSESSMENT_SIGN: frozenset({Role.APPROVER}),
    Permission.REMARK_ANSWER: _TEAM,
    Permission.ACTION_EDIT: frozenset({Role.ASSESSOR, Role.REVIEWER, Role.MANAGER}),
    Permission.ACTION_CHECK: frozenset({Role.REVIEWER, Role.MANAGER}),
    Permission.CHECK_EDIT: frozenset({Role.MANAGER}),
    Permission.DOSSIER_VIEW: _EVERYONE,
    Permission.DOSSIER_ISSUE: frozenset({Role.MANAGER, Role.REVIEWER, Role.APPROVER}),
    Permission.CATALOGUE_EDIT: frozenset({Role.MANAGER}),
    Permission.DOSSIER_SHARE: frozenset({Role.MANAGER, Role.REVIEWER, Role.APPROVER}),
    Permission.DOSSIER_REMARK: frozenset({Role.AUDITOR}),
}

V = TypeVar("V", bound=Callable[..., Any])


def granted(permission: Permission, roles: frozenset[str]) -> bool:
    """Tell whether one of ``roles`` has ``permission``."""
    return not GRANTS[permission].isdisjoint(roles)


def as_markdown() -> str:
    """Return the table as ``docs/permissions.md`` prints it."""
    heads = ["may", *Role.values]
    rows = [
        [f"`{permission.value}`", *("×" if role in GRANTS[permission] else "" for role in Role)]
        for permission in Permission
    ]
    lines = [heads, ["---"] * len(heads), *rows]
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return (
        "# Who may do what\n\nMade from `ansm_portal/permissions.py`; a test compares the two. "
        "Somebody may have several roles.\nWhat depends on the state of a row, or on who did what "
        "before, is a rule of the workflow instead.\n\n" + table + "\n"
    )


def requires(access: Permission | Access) -> Callable[[V], V]:
    """Declare what a function view needs; class views set ``access`` instead."""

    def mark(view: V) -> V:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Any) -> Permission | Access | None:
    """Return what ``view`` declares, or None when it declares nothing."""
    declared = getattr(view, "access", None)
    return declared or getattr(getattr(view, "view_class", None), "access", None)
