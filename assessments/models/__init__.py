from assessments.models.assessment import Answer, Assessment, Authorship
from assessments.models.catalogue import Catalogue, Recommendation, Section, Source
from assessments.models.dossier import Dossier
from assessments.models.evidence import Evidence, EvidenceLink
from assessments.models.review import Approval, PhaseReview, Remark

__all__ = [
    "Answer",
    "Approval",
    "Assessment",
    "Authorship",
    "Catalogue",
    "Dossier",
    "Evidence",
    "EvidenceLink",
    "PhaseReview",
    "Recommendation",
    "Remark",
    "Section",
    "Source",
]
