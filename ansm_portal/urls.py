"""All addresses of the portal."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from ansm_portal.accounts import views
from assessments.views.calendar import feed
from assessments.views.catalogue_export import export_edition
from assessments.views.notification import edit_preferences
from assessments.views.verification import verify_upload, verify_upload_pages

handler400 = "ansm_portal.errors.bad_request"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("language/", views.language, name="language"),
    path("account/", include("ansm_portal.accounts.sign_in_urls")),
    path("verify/", verify_upload, name="verify"),  # printed in dossiers: stays as it is
    path("verify/pages/", verify_upload_pages, name="verify-pages"),
    path("account/mails/", edit_preferences, name="notification-preferences"),
    path("calendar/<slug:organisation>/<slug:token>.ics", feed, name="calendar-feed"),
    path(
        "catalogue/<uuid:pk>/export/<slug:format>/",
        export_edition,
        name="catalogue-export",
    ),
    path("catalogue/", include("assessments.catalogue_urls")),
    path("shared/", include("assessments.shared_urls")),
    path("admin/", admin.site.urls),
    path("o/<slug:organisation>/", include("ansm_portal.accounts.urls")),
    path("o/<slug:organisation>/", include("ansm_portal.audit.urls")),
    path("o/<slug:organisation>/", include("devices.urls")),
    path("o/<slug:organisation>/", include("assessments.urls")),
]
