"""The sample organisation, made by the services people use: journal, counters, authors are true."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib.auth.models import Group

from ansm_portal.accounts.models import Membership, Organisation, User
from ansm_portal.permissions import Role
from assessments.enums import Verdict
from assessments.models import Answer, Assessment, Catalogue, Evidence
from assessments.sample.files import MAKERS
from assessments.sample.plan import VERDICTS, read
from assessments.services import assessment as assessments
from assessments.services import evidence as evidences
from assessments.services.answer import include, save_answer
from assessments.services.evidence import Document
from devices.models import Device, DeviceProfile, DeviceVersion
from devices.services import device as devices
from devices.services import version as versions

DEVICE_FIELDS: Final = (
    "name",
    "reference",
    "basic_udi_di",
    "regulation",
    "device_class",
    "safety_class",
    "intended_purpose",
)
VERSION_FIELDS: Final = ("label", "phase", "released_on", "sale_ends_on", "support_ends_on")
GAPS: Final = frozenset({Verdict.PARTLY_FOLLOWED, Verdict.NOT_FOLLOWED})


class Builder:
    """Builds the sample once, in the order in which people would have worked."""

    def __init__(self, catalogue: Catalogue, *, password: str) -> None:
        self.catalogue = catalogue
        self.password = password
        self.plan = read("organisation.yaml")
        self.today: dt.date = self.plan["today"]
        self.organisations: dict[str, Organisation] = {}
        self.people: dict[str, User] = {}
        self.evidence: dict[str, Evidence] = {}
        self.assessments: dict[tuple[str, str], Assessment] = {}

    def build(self) -> None:
        """Build everything but reviews."""
        for each in self.plan["organisations"]:
            self.organisations[each["slug"]] = Organisation.objects.create(**each)
        for each in self.plan["people"]:
            self._person(each)
        for each in self.plan["staff"]:
            self._staff(each)
        for each in read("evidence.yaml"):
            if "supersedes" not in each:
                self._register(each)
        for each in [*self.plan["devices"], self.plan["other"]]:
            self._device(each)

    def supersede(self, old: str) -> None:
        """Register what supersedes the file ``old``, in its place."""
        plan = next(each for each in read("evidence.yaml") if each.get("supersedes") == old)
        evidences.supersede(
            self.evidence[old], by=self._register(plan), actor=self.people["Claire"]
        )

    def _user(self, plan: dict[str, Any], **fields: Any) -> User:
        names = {"first_name": plan["first"], "last_name": plan["last"]}
        return User.objects.create_user(plan["email"], self.password, **names, **fields)

    def _person(self, plan: dict[str, Any]) -> None:
        user = self._user(plan, language=plan.get("language", "fr"))
        self.people[plan["first"]] = user
        for role in plan["roles"]:
            Membership.objects.create(
                organisation=self.organisations[plan.get("organisation", "helianthe")],
                user=user,
                role=role,
                ends_on=plan["ends_on"] if role == Role.AUDITOR else None,
            )

    def _staff(self, plan: dict[str, Any]) -> None:
        user = self._user(plan, is_staff=True, is_superuser=plan["superuser"])
        if not plan["superuser"]:
            user.groups.add(Group.objects.get(name="Catalogue administrators"))

    def _register(self, plan: dict[str, Any]) -> Evidence:
        organisation = self.organisations["helianthe"]
        document = Document(
            title=plan["title"],
            document_revision=plan.get("revision", ""),
            document_on=plan.get("day"),
            expires_on=plan.get("expires"),
        )
        by: dict[str, Any] = {
            "document": document,
            "organisation": organisation,
            "actor": self.people["Claire" if "HM-PF500" in plan.get("devices", ()) else "Karim"],
        }
        if plan["kind"] == "reference":
            return self._keep(plan["reference"], evidences.add_reference(plan["reference"], **by))
        if plan["kind"] == "link":
            return self._keep(plan["url"], evidences.add_link(plan["url"], **by))
        content = MAKERS[plan["kind"]](plan)
        stored = evidences.store_file(content, organisation_id=organisation.pk)
        return self._keep(plan["file"], evidences.add_file(stored, **by))

    def _keep(self, name: str, piece: Evidence) -> Evidence:
        self.evidence[name] = piece
        return piece

    def _device(self, plan: dict[str, Any]) -> None:
        manager = self.people["Nora" if plan["author"] == "Nora" else "Hélène"]
        fields = {name: plan.get(name, "") for name in DEVICE_FIELDS}
        fields["is_implantable"] = plan.get("is_implantable", False)
        organisation = self.organisations[plan.get("organisation", "helianthe")]
        device = devices.register(fields, organisation=organisation, actor=manager)
        for each in plan["versions"]:
            version = self._version(device, each, manager)
            if each["assess"]:
                earlier = self.assessments.get((device.reference, each.get("from", "")))
                self._assess(version, each["assess"], self.people[plan["author"]], earlier)

    def _version(self, device: Device, plan: dict[str, Any], manager: User) -> DeviceVersion:
        fields: dict[str, Any] = {name: plan.get(name) for name in VERSION_FIELDS}
        for fact, name in DeviceProfile.FACT_FIELDS.items():
            fields[name] = fact.value in plan["facts"]
        return versions.register(device, fields, actor=manager)

    def _assess(
        self,
        version: DeviceVersion,
        shares: dict[str, float],
        author: User,
        earlier: Assessment | None,
    ) -> None:
        """Answer a share of each phase, in the order of the catalogue; plan the rest.

        What was carried over from an ``earlier`` version and not answered again stays to be
        confirmed.
        """
        assessment = assessments.start(
            version, catalogue=self.catalogue, actor=author, earlier=earlier
        )
        self.assessments[version.device.reference, version.label] = assessment
        for code, reason in self.plan["included"].get(version.device.reference, {}).items():
            excluded = Answer.objects.get(assessment=assessment, code=code)
            include(excluded.pk, reason=reason, actor=author)
        for phase, share in shares.items():
            answers = list(Answer.objects.of_phase(assessment, phase).applicable())
            done = round(share * len(answers))
            for answer in answers[:done]:
                self._answer(answer, version, author)
            for answer in answers[done::2] if done else ():
                if not answer.to_confirm:
                    self._plan(answer, author)

    def _answer(self, answer: Answer, version: DeviceVersion, author: User) -> None:
        texts = read("answers.yaml")[answer.code]
        said = texts.get(version.device.reference, texts["all"])
        key = next(iter(said))
        verdict = VERDICTS[key]
        save_answer(
            answer.pk,
            revision=answer.revision,
            verdict=verdict,
            justification=said[key],
            owner_id=self._owner(answer).pk if verdict in GAPS else None,
            due_on=said.get("due"),
            actor=author,
        )
        for name in _cited(answer.code, version):
            evidences.cite(answer.pk, evidence=self.evidence[name], actor=author)

    def _plan(self, answer: Answer, author: User) -> None:
        """Give an answer that is still open an owner and a day; some days are past."""
        save_answer(
            answer.pk,
            revision=answer.revision,
            verdict=answer.verdict,
            justification=answer.justification,
            owner_id=self._owner(answer).pk,
            due_on=self.today + dt.timedelta(days=answer.position * 7 % 110 - 20),
            actor=author,
        )

    def _owner(self, answer: Answer) -> User:
        return self.people["Karim" if answer.position % 2 else "Claire"]


def _cited(code: str, version: DeviceVersion) -> list[str]:
    """Name the evidence that the answer to ``code`` cites, in the order of the register."""
    return [
        plan.get("file") or plan.get("reference") or plan["url"]
        for plan in read("evidence.yaml")
        if code.removeprefix("ANSM-") in plan.get("codes", ())
        and version.device.reference in plan.get("devices", [version.device.reference])
        and version.label in plan.get("versions", [version.label])
    ]
