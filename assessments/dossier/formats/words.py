"""What the formats share: words of the dossier's language, keys that stay, one-line texts."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5

from assessments.dossier.edition import Text, Texts
from assessments.dossier.snapshot import Snapshot

PRODUCT: Final = "ANSM portal"
NAMESPACE: Final = "urn:ansm-portal"  # of the properties that no format has a place for
ASSESSED: Final = frozenset({"followed", "adapted", "partly_followed", "not_followed"})

DISCLAIMER: Final = Text(
    fr=(
        "Positions déclarées par le fabricant et leurs justifications. Ni certificat, ni "
        "déclaration de conformité : une recommandation est suivie, ou ne l’est pas."
    ),
    en=(
        "Positions stated by the manufacturer, with their justifications. Neither a certificate "
        "nor a declaration of conformity: a recommendation is followed, or is not."
    ),
)


class Words:
    """Texts of a snapshot in its language."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.language = snapshot.language
        self._scope = snapshot.scope
        self._terms = {(term.vocabulary, term.key): term.label for term in snapshot.vocabulary}

    def __call__(self, text: Text) -> str:
        """Return a text of the catalogue, in French where there is no other."""
        return (text.en if self.language == "en" else text.fr) or text.fr

    def all(self, texts: Texts) -> tuple[str, ...]:
        """Return a list of texts."""
        return (texts.en if self.language == "en" else texts.fr) or texts.fr

    def term(self, vocabulary: str, key: str) -> str:
        """Return what a key of a closed list means; the key where nothing explains it."""
        label = self._terms.get((vocabulary, key))
        return self(label) if label else key

    @property
    def disclaimer(self) -> str:
        """What every format says of itself, and what the dossier leaves out."""
        disclaimer, scope = self(DISCLAIMER), self._scope
        if scope.is_whole and not scope.is_summary:
            return disclaimer
        # Only what is left out needs Django's translations: who verifies may have no Django.
        from django.utils import translation  # noqa: PLC0415 -- see above

        from assessments.dossier.told import Told  # noqa: PLC0415 -- see above

        with translation.override(self.language):
            told = Told(
                scope,
                phases=[self.term("phase", key) for key in scope.phases],
                phases_left_out=[self.term("phase", key) for key in scope.phases_left_out],
                stakeholder=self.term("stakeholder", scope.stakeholder)
                if scope.stakeholder
                else "",
            )
            return " ".join([disclaimer, *told.sentences])


class Keys:
    """Keys (UUID, version 5) that are the same whenever the same record is written."""

    def __init__(self, snapshot_sha256: str) -> None:
        self._root = uuid5(NAMESPACE_URL, f"{NAMESPACE}:{snapshot_sha256}")

    def of(self, *names: str) -> str:
        """Return the key of what is named so in this record."""
        return str(self.uuid(*names))

    def uuid(self, *names: str) -> UUID:
        """Return the key as a UUID."""
        return uuid5(self._root, "\x1f".join(names))


def line(text: str) -> str:
    """Return ``text`` on one line, without white space around it."""
    return " ".join(text.split())


def instant(when: dt.datetime) -> str:
    """Return an instant in UTC, to the second."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def address(url: str) -> str:
    """Return an address in the characters of RFC 3986 (3.1 of RFC 3987); no Django here."""
    return quote(url, safe="/#%[]=:;$&()+,!?*@'~")


def midnight(day: dt.date) -> str:
    """Return the beginning of ``day``, in UTC."""
    return f"{day.isoformat()}T00:00:00Z"


def named_information(sha256: str) -> str:
    """Return the address of a content by its digest (RFC 6920)."""
    value = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()
    return f"ni:///sha-256;{value}"
