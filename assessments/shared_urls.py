"""Addresses of links for auditors: ``/shared/…``. Only the first holds the secret."""

from django.urls import path

from assessments.views import shared

app_name = "shared"
urlpatterns = [
    # In mails: stays as it is.
    path("open/<slug:organisation>/<slug:token>/", shared.landing, name="landing"),
    path("<uuid:pk>/", shared.dossier, name="dossier"),
    path("<uuid:pk>/file/", shared.download, name="download"),
    path("<uuid:pk>/read/<slug:chapter>/", shared.read, name="read"),
    path("<uuid:pk>/data/<str:name>", shared.data, name="data"),
    path("<uuid:pk>/verify/", shared.verify, name="verify"),
    path("<uuid:pk>/evidence/", shared.evidence, name="evidence"),
    path("<uuid:pk>/evidence/<slug:number>/", shared.evidence_file, name="evidence-file"),
    path("<uuid:pk>/compare/", shared.compare, name="compare"),
    path("<uuid:pk>/remarks/", shared.remarks, name="remarks"),
    path("<uuid:pk>/remarks/<uuid:remark>/<slug:step>/", shared.say, name="say"),
]
