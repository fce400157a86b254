"""What ``script/tamper`` does: every attack, and bytes of a small dossier in turn."""

import datetime as dt
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from assessments.dossier.authority import TimeAuthority
from assessments.dossier.envelope import Level
from assessments.dossier.identity import SealingIdentity, make_test_identity
from assessments.dossier.render import render
from assessments.dossier.report import Verdict
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from tests.assessments.dossier import samples
from tests.assessments.dossier.attacks import (
    ANYWHERE,
    STAMPED,
    Target,
    flipped,
    is_found,
    is_noticed_by_poppler,
    places,
)
from tests.assessments.dossier.conftest import naming, seal_with
from tests.authority import Authority

BLOCK = 256
STEP = 97  # between the bytes of pages, fonts and attachments that are changed


def missed_in(spots, content, sealers, clocks):
    """Return the positions of ``spots`` where a changed bit is not found."""
    logging.disable(logging.WARNING)
    trust = Trust(*(tuple(map(x509.load_pem_x509_certificate, each)) for each in (sealers, clocks)))
    return [spot for spot in spots if not is_found(flipped(content, spot, 1 << spot % 8), trust)]


def bytes_in_turn(content, trust, step):
    """Change one bit of each of ``places``, on all cores; return how many, and those missed."""
    pems = [
        tuple(one.public_bytes(Encoding.PEM) for one in each)
        for each in (trust.sealers, trust.clocks)
    ]
    spots = places(content, step)
    blocks = [spots[start : start + BLOCK] for start in range(0, len(spots), BLOCK)]
    work = partial(missed_in, content=content, sealers=pems[0], clocks=pems[1])
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        missed = [spot for found in pool.map(work, blocks) for spot in found]
    return len(spots), missed


def main():
    logging.disable(logging.WARNING)
    step = int(sys.argv[1]) if len(sys.argv) > 1 else STEP
    failures = 0
    key, certificate = make_test_identity(dt.datetime.now(dt.UTC))
    identity = SealingIdentity(key, certificate, ())
    with Authority() as server:
        clock = TimeAuthority(server.url, (server.root.certificate,), timeout=5.0)
        trust = Trust([certificate], clock.certificates)
        for level, authority in ((Level.B, None), (Level.LTA, clock)):
            unsealed = render(naming(samples.snapshot(), identity, level)).content
            target = Target(seal_with(identity, unsealed, authority), unsealed, clock)
            assert verify(target.content, trust=trust).verdict is Verdict.INTACT
            print(f"\n{level.value}, {len(target.content)} bytes\n")
            print(f"| {'attack':44} | we      | pdfsig  |\n|{'-' * 46}|---------|---------|")
            for name, attack in {**ANYWHERE, **(STAMPED if authority else {})}.items():
                content = attack(target)
                found = verify(content, trust=trust).verdict is not Verdict.INTACT
                noticed = is_noticed_by_poppler(content)
                print(
                    f"| {name:44} | {'found ' if found else 'MISSED'}  "
                    f"| {'found' if noticed else '-':7} |",
                    flush=True,
                )
                failures += not found
            start = time.monotonic()
            changed, missed = bytes_in_turn(target.content, trust, step)
            minutes = (time.monotonic() - start) / 60
            print(f"\n{changed} bytes changed in turn, {len(missed)} not found ({minutes:.1f} min)")
            failures += len(missed)
    sys.exit(bool(failures))
