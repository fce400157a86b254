"""Justifications of the length and vocabulary of real ones, for the benchmarks."""

from __future__ import annotations

import random

COMMON = "vérification"  # in nearly every text
RARE = "quinquennal"  # in one text of a thousand
ONE_IN = 1000

_PARTS = (
    "La vérification a porté sur le chiffrement des échanges avec le serveur",
    "Le journal des accès est conservé et relu chaque mois",
    "Les mots de passe par défaut sont changés à la mise en service",
    "Un test d'intrusion a été mené par un laboratoire indépendant",
    "La vérification de la signature précède chaque mise à jour",
    "Les correctifs sont qualifiés puis diffusés sous trente jours",
    "L'analyse de risque décrit la perte de disponibilité et ses suites",
    "La sauvegarde est restaurée deux fois par an sur un banc de vérification",
    "Le manuel indique à l'établissement les ports à ouvrir",
    "Les comptes de maintenance sont nominatifs et limités dans le temps",
    "La nomenclature des composants logiciels est tenue à jour",
    "Les alarmes restent audibles pendant une attaque par saturation",
)


def text(chance: random.Random) -> str:
    """Return two to six sentences, the rare word in one of a thousand."""
    sentences = chance.sample(_PARTS, chance.randrange(2, 7))
    if chance.randrange(ONE_IN) == 0:
        sentences.append(f"Le contrôle {RARE} est planifié")
    return ". ".join(sentences) + "."
