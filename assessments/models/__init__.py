from assessments.models.action import Action, CalendarFeed
from assessments.models.assessment import Answer, Assessment, Authorship
from assessments.models.catalogue import Catalogue, Recommendation, Section, Source
from assessments.models.catalogue_upload import CatalogueUpload
from assessments.models.crosswalk import (
    CommonControl,
    CrosswalkState,
    Framework,
    Mapping,
    MappingChange,
    Requirement,
)
from assessments.models.dossier import Dossier, DossierBatch
from assessments.models.dossier_link import DossierLink
from assessments.models.evidence import Evidence, EvidenceLink
from assessments.models.finding import SilencedCheck
from assessments.models.moving import EditionMove, EditionRun
from assessments.models.notification import Notification, NotificationPreference
from assessments.models.remark import Remark, RemarkMessage
from assessments.models.review import Approval, PhaseReview
from assessments.models.signing import DossierRevision, DossierSignatory
from assessments.models.succession import (
    CatalogueEvent,
    CatalogueJournal,
    Retirement,
    Succession,
)
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
    "CatalogueEvent",
    "CatalogueJournal",
    "CatalogueUpload",
    "CommonControl",
    "CrosswalkState",
    "Dossier",
    "DossierBatch",
    "DossierLink",
    "DossierRevision",
    "DossierSignatory",
    "EditionMove",
    "EditionRun",
    "Evidence",
    "EvidenceLink",
    "Framework",
    "Mapping",
    "MappingChange",
    "Notification",
    "NotificationPreference",
    "PhaseReview",
    "Recommendation",
    "Remark",
    "RemarkMessage",
    "Requirement",
    "Retirement",
    "SavedFilter",
    "SearchEntry",
    "Section",
    "SheetImport",
    "SilencedCheck",
    "Source",
    "Succession",
]
