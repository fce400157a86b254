"""Addresses of assessments, evidence, reviews and dossiers: ``/o/<slug>/…``."""

from django.urls import path

from assessments.views import (
    answer,
    assessment,
    bulk,
    bulk_done,
    carrying,
    dossier,
    evidence,
    profile,
    remark,
    review,
)
from assessments.views.device_list import DeviceList

app_name = "assessments"
urlpatterns = [
    path("devices/", DeviceList.as_view(), name="device-list"),
    path("assessments/", assessment.AssessmentList.as_view(), name="assessment-list"),
    path(
        "assessments/<uuid:pk>/",
        assessment.AssessmentDetail.as_view(),
        name="assessment-detail",
    ),
    path(
        "assessments/<uuid:pk>/confirm/",
        carrying.ConfirmCarried.as_view(),
        name="assessment-confirm",
    ),
    path(
        "assessments/<uuid:pk>/<slug:phase>/",
        assessment.PhaseDetail.as_view(),
        name="assessment-phase",
    ),
    path(
        "versions/<uuid:pk>/assessments/",
        assessment.VersionAssessments.as_view(),
        name="version-assessments",
    ),
    path("versions/<uuid:pk>/assess/", assessment.start_assessment, name="version-assess"),
    path("versions/<uuid:pk>/profile/", profile.edit, name="version-profile"),
    path("answers/bulk/", bulk.choose, name="bulk-choose"),
    path("answers/bulk/preview/", bulk.show, name="bulk-preview"),
    path("answers/bulk/apply/", bulk.do, name="bulk-apply"),
    path("bulk/", bulk_done.BulkList.as_view(), name="bulk-list"),
    path("bulk/<uuid:pk>/", bulk_done.BulkDetail.as_view(), name="bulk-detail"),
    path("bulk/<uuid:pk>/undo/", bulk_done.undo_one, name="bulk-undo"),
    path("answers/<uuid:pk>/", answer.edit, name="answer-edit"),
    path("answers/<uuid:pk>/include/", answer.include_anyway, name="answer-include"),
    path("answers/<uuid:pk>/exclude/", answer.exclude, name="answer-exclude"),
    path("answers/<uuid:pk>/confirm/", carrying.confirm_one, name="answer-confirm"),
    path("answers/<uuid:pk>/accept/", review.accept_one, name="answer-accept"),
    path("answers/<uuid:pk>/evidence/", evidence.add, name="answer-evidence"),
    path("answers/<uuid:pk>/cite/", evidence.cite_existing, name="answer-cite"),
    path(
        "answers/<uuid:pk>/uncite/<uuid:evidence>/",
        evidence.uncite_one,
        name="answer-uncite",
    ),
    path("answers/<uuid:pk>/remarks/", remark.raise_one, name="answer-remark"),
    path("remarks/<uuid:pk>/reply/", remark.reply_to, name="remark-reply"),
    path("remarks/<uuid:pk>/close/", remark.close_one, name="remark-close"),
    path("evidence/", evidence.EvidenceList.as_view(), name="evidence-list"),
    path("evidence/<uuid:pk>/", evidence.EvidenceDetail.as_view(), name="evidence-detail"),
    path("evidence/<uuid:pk>/file/", evidence.download, name="evidence-download"),
    path("evidence/<uuid:pk>/supersede/", evidence.supersede_one, name="evidence-supersede"),
    path("phases/<uuid:pk>/submit/", review.SubmitPhase.as_view(), name="phase-submit"),
    path("phases/<uuid:pk>/withdraw/", review.withdraw_phase, name="phase-withdraw"),
    path("phases/<uuid:pk>/return/", review.return_one, name="phase-return"),
    path("phases/<uuid:pk>/accept/", review.accept_whole, name="phase-accept"),
    path("phases/<uuid:pk>/sign/", review.SignPhase.as_view(), name="phase-sign"),
    path("assessments/<uuid:pk>/issue/dossier/", dossier.issue, name="assessment-issue"),
    path("dossiers/", dossier.DossierList.as_view(), name="dossier-list"),
    path("dossiers/<uuid:pk>/", dossier.DossierDetail.as_view(), name="dossier-detail"),
    path("dossiers/<uuid:pk>/file/", dossier.download, name="dossier-download"),
    path("dossiers/<uuid:pk>/verify/", dossier.verify_stored, name="dossier-verify"),
    path("dossiers/<uuid:pk>/retry/", dossier.retry_one, name="dossier-retry"),
    path("dossiers/<uuid:pk>/withdraw/", dossier.withdraw_one, name="dossier-withdraw"),
]
