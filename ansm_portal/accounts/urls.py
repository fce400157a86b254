"""Addresses of an organisation's people: ``/o/<slug>/…``."""

from django.urls import path

from ansm_portal.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.organisation, name="organisation"),
    path("members/", views.MemberList.as_view(), name="members"),
]
