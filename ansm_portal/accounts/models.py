"""People, organisations and who belongs where."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ansm_portal.identifiers import uuid7
from ansm_portal.permissions import Role
from ansm_portal.tenancy import Scoped, ScopedManager, Shared


class UserManager(BaseUserManager["User"]):
    """Accounts are named by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password nobody can sign in with it."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account that may use the whole admin site."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser, Shared):
    """A person. What they may do is in their memberships."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default="fr"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("An account with this address exists already."),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Organisation(Scoped):
    """A manufacturer. It owns its rows; nobody else sees them."""

    organisation_column: ClassVar[str] = "id"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("name in addresses"), unique=True)
    address = models.TextField(_("postal address"), max_length=1000, blank=True)
    srn = models.CharField(
        _("single registration number"),
        max_length=30,
        blank=True,
        help_text=_("Of the manufacturer in EUDAMED, for example FR-MF-000012345."),
    )
    leaves_out_inferred = models.BooleanField(
        _("leave inferred recommendations out of new assessments"),
        default=False,
        help_text=_("Verified and recalled ones are assessed; dossiers say what is left out."),
    )

    objects = ScopedManager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Chainable filters of memberships."""

    def of(self, user: User, *, on: dt.date) -> Self:
        """Memberships of ``user`` that have not ended on the day ``on``, organisations loaded."""
        return (
            self.filter(Q(ends_on=None) | Q(ends_on__gte=on), user=user)
            .select_related("organisation")
            .order_by("organisation__name", "role")
        )


MembershipManager = models.Manager.from_queryset(MembershipQuerySet)


class Membership(Shared):
    """One role of a person in an organisation. It defines scopes, so it has none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Empty: no end. Auditors need one.")
    )
    unread_count = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Notifications not read yet; here because every page loads its membership.",
    )

    objects = MembershipManager()

    named_with = ("user",)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "role"], name="membership_role_once"
            ),
            models.CheckConstraint(
                name="membership_auditor_has_an_end",
                condition=~Q(role="auditor") | Q(ends_on__isnull=False),
                violation_error_message=_(
                    "An auditor has access for a limited time: set a last day."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.organisation}"

    def get_absolute_url(self) -> str:
        """Return the page of the team; the organisation must be loaded."""
        return reverse("accounts:members", args=[self.organisation.slug])

    @property
    def full_name(self) -> str:
        return str(self.user)
