"""Addresses of the journal: ``/o/<slug>/journal/…``."""

from django.urls import path

from ansm_portal.audit import views

app_name = "audit"
urlpatterns = [
    path("journal/", views.Journal.as_view(), name="journal"),
    path("journal/verify/", views.verify_now, name="journal-verify"),
]
