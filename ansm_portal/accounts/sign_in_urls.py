"""Sign-in and password, by django-allauth, under the names it looks up."""

from allauth.account import views as allauth
from django.urls import path, re_path

from ansm_portal.accounts import views
from ansm_portal.permissions import Access, requires

public = requires(Access.PUBLIC)

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="account_login"),
    path("logout/", public(allauth.LogoutView.as_view()), name="account_logout"),
    path("inactive/", public(allauth.AccountInactiveView.as_view()), name="account_inactive"),
    path("signup/", public(allauth.SignupView.as_view()), name="account_signup"),
    path("reauthenticate/", views.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("password/change/", views.PasswordChange.as_view(), name="account_change_password"),
    path("password/reset/", views.PasswordReset.as_view(), name="account_reset_password"),
    path(
        "password/reset/done/",
        public(allauth.PasswordResetDoneView.as_view()),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.PasswordResetFromKey.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        public(allauth.PasswordResetFromKeyDoneView.as_view()),
        name="account_reset_password_from_key_done",
    ),
]
