"""Addresses of the editions of the catalogue, for everybody signed in: ``/catalogue/…``."""

from django.urls import path

from assessments.views import editions

app_name = "catalogue"
urlpatterns = [
    path("", editions.EditionList.as_view(), name="edition-list"),
    path("<uuid:pk>/", editions.EditionDetail.as_view(), name="edition-detail"),
    path("<uuid:pk>/compare/", editions.EditionCompare.as_view(), name="edition-compare"),
]
