from assessments.models.action import Action, CalendarFeed
from assessments.models.assessment import Answer, Assessment, Authorship
from assessments.models.catalogue import Catalogue, Recommendation, Section, Source
from assessments.models.dossier import Dossier
from assessments.models.dossier_link import DossierLink
from assessments.models.evidence import Evidence, EvidenceLink
from assessments.models.notification import Notification, NotificationPreference
from assessments.models.remark import Remark, RemarkMessage
from assessments.models.review import Approval, PhaseReview
from assessments.models.workspace import (
    AnswerDraft,
    AnswerPresence,
    BulkChange,
    BulkEntry,
    SavedFilter,
    SearchEntry,
    SheetImport,
)

__all__ = [
    "Action",
    "Answer",
    "AnswerDraft",
    "AnswerPresence",
    "Approval",
    "Assessment",
    "Authorship",
    "BulkChange",
    "BulkEntry",
    "CalendarFeed",
    "Catalogue",
    "Dossier",
    "DossierLink",
    "Evidence",
    "EvidenceLink",
    "Notification",
    "NotificationPreference",
    "PhaseReview",
    "Recommendation",
    "Remark",
    "RemarkMessage",
    "SavedFilter",
    "SearchEntry",
    "Section",
    "SheetImport",
    "Source",
]
